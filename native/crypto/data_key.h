// Data keys under a service key: AES key wrap for the key, a MAC for everything stored about it.
#pragma once

#include <cstddef>

#include "native/crypto/bytes.h"
#include "native/crypto/data_cipher.h"
#include "native/crypto/errors.h"
#include "native/crypto/row_mac.h"
#include "native/crypto/service_key.h"

namespace cryptobroker {

class LibraryContext;

// SHA-256 of the key.
inline constexpr std::size_t kDataKeyDigestLength = 32;
inline constexpr std::size_t kMaxDataKeyLength = kMaxWrapInput;
// The wrapped form of the longest data key.
inline constexpr std::size_t kMaxWrappedDataKey = kMaxDataKeyLength + 8;
// Longest header: the attributes of one key, well below a request's limit.
inline constexpr std::size_t kMaxRowHeader = 1024 * 1024;

// A stored data key. KW for lengths of 16 bytes and more that are a multiple of 8, else KWP.
struct DataKeyRow {
  Bytes wrapped;
  Bytes digest;
  Bytes mac;
};

// Where a new one goes. `digest` and `mac` have their lengths, `wrapped` room for the wrapped form.
// None of the buffers may overlap an input.
struct DataKeyOutput {
  MutableBytes wrapped;
  MutableBytes digest;
  MutableBytes mac;
};

// All of these fail with KEY_HANDLE_CLOSED after a drop, and with INPUT_INVALID for lengths that
// cannot be. `header` is the canonical form of everything about the key that must not be changed
// unnoticed.

// Makes a random key of 128, 192 or 256 bits. Returns the length of the wrapped form.
Result<std::size_t> create_data_key(const LibraryContext& context, const ServiceKey& key,
                                    std::size_t bits, Bytes header, const DataKeyOutput& out);
// Wraps 1 to kMaxDataKeyLength bytes and wipes `plaintext`, also when it fails.
Result<std::size_t> wrap_data_key(const LibraryContext& context, const ServiceKey& key,
                                  MutableBytes plaintext, Bytes header, const DataKeyOutput& out);
// Digest and MAC for a key that another holder of the service key wrapped. UNWRAP_FAILED when none
// did. `out.wrapped` is not used.
Status adopt_data_key(const LibraryContext& context, const ServiceKey& key, Bytes wrapped,
                      Bytes header, const DataKeyOutput& out);

// DATA_KEY_TAMPERED when the MAC does not fit.
Status verify_data_key(const LibraryContext& context, const ServiceKey& key, const DataKeyRow& row,
                       Bytes header);
// The MAC for `new_header`, once that for `header` was found right.
Status rebind_data_key(const LibraryContext& context, const ServiceKey& key, const DataKeyRow& row,
                       Bytes header, Bytes new_header, MutableBytes mac);
// The MAC for `header`; row.mac is not looked at.
Status bind_data_key(const LibraryContext& context, const ServiceKey& key, const DataKeyRow& row,
                     Bytes header, MutableBytes mac);

// Checks the MAC, then unwraps into `target` and returns the key's length. DATA_KEY_TAMPERED,
// OUTPUT_TOO_SMALL; `target` is unchanged when it fails.
Result<std::size_t> read_data_key(const LibraryContext& context, const ServiceKey& key,
                                  const DataKeyRow& row, Bytes header, MutableBytes target);

// Encrypts or decrypts under the data key; `output` has room for output_capacity(). Returns the
// length written. DATA_KEY_TAMPERED, DECRYPT_FAILED, INPUT_INVALID when the key is no AES key.
Result<std::size_t> encrypt_with_data_key(const LibraryContext& context, const ServiceKey& key,
                                          const DataKeyRow& row, Bytes header,
                                          const DataCipher& cipher, MutableBytes output,
                                          Bytes data);
Result<std::size_t> decrypt_with_data_key(const LibraryContext& context, const ServiceKey& key,
                                          const DataKeyRow& row, Bytes header,
                                          const DataCipher& cipher, MutableBytes output,
                                          Bytes data);

}  // namespace cryptobroker
