// PEM (RFC 7468): finding the blocks in a text, and writing one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "native/crypto/bytes.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

struct PemBlock {
  std::string_view label;
  // Holds `Proc-Type: 4,ENCRYPTED` (RFC 1421 §4.6.1.1), as OpenSSL writes keys under a password.
  bool encrypted = false;
  std::string_view base64;

  // What the block holds, in memory that wipes itself; nothing when the base64 is broken.
  std::optional<SecretBytes> decode() const;
};

// Goes through the blocks of a text. Text before, between and after blocks is skipped; lines may
// end in CR LF, and headers (RFC 1421 §4.6) may stand before the base64. Views point into the text.
class PemScanner {
 public:
  explicit PemScanner(Bytes text);
  // The next block; nothing at the end of the text, or when a block begins that does not end as it
  // should.
  std::optional<PemBlock> next();

 private:
  std::string_view rest_;
};

// The bytes as one block, each line ended by a line feed.
std::string encode_pem(std::string_view label, Bytes bytes);

}  // namespace cryptobroker
