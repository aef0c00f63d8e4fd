// Files that hold one key: readable by their owner alone, whole or not there.
#pragma once

#include <cstddef>
#include <string>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

inline constexpr std::size_t kMaxKeyFile = 4096;

// Creates the file with mode 0600. It is durable on return, and never seen half written: it is
// written beside its place under `temporary_suffix`, which must not be guessable, and then linked.
// KEY_FILE_EXISTS when anything has that name, KEY_FILE_UNUSABLE when it cannot be written.
Status create_key_file(const std::string& path, const std::string& temporary_suffix, Bytes content);

// Reads it back. KEY_FILE_UNUSABLE with the reason when it is absent, a symbolic link or no regular
// file, of another owner than this process, accessible to others, empty, or longer than
// kMaxKeyFile.
Result<SecretBytes> read_key_file(const std::string& path);

}  // namespace cryptobroker
