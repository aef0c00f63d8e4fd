// Sealing keys in files.
#pragma once

#include <optional>
#include <string>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/sealing_key.h"

namespace cryptobroker {

class LibraryContext;

// Writes the key to a new file of mode 0600 as PKCS #8 in DER, encrypted when there is a passphrase
// (8 to 1024 bytes). The file is durable on return. KEY_FILE_EXISTS, KEY_FILE_UNUSABLE.
Status save_sealing_key(const LibraryContext& context, const SealingKey& key,
                        const std::string& path, std::optional<Bytes> passphrase);

// Reads it back; `passphrase` as when it was written. KEY_FILE_UNUSABLE.
Result<SealingKey> load_sealing_key(const LibraryContext& context, const std::string& path,
                                    std::optional<Bytes> passphrase);

// The same from the file's content.
Result<SealingKey> read_sealing_key(const LibraryContext& context, Bytes content,
                                    std::optional<Bytes> passphrase);

}  // namespace cryptobroker
