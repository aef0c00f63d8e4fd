// Base64 (RFC 4648 §4), decoded without tables: private keys go through here, and which cache lines
// a table look-up touches tells what was looked up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "native/crypto/bytes.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

// Decodes text that may be broken by spaces, tabs and line ends anywhere. Refused are any other
// character, missing or misplaced padding, and bits set in the part of the last character that
// encodes nothing.
std::optional<SecretBytes> decode_base64(std::string_view text);

// Appends the encoding of `bytes`, which are not secret, in lines of 64 characters (RFC 7468 §2),
// each ended by a line feed.
void append_base64_lines(std::string& out, Bytes bytes);

}  // namespace cryptobroker
