// AES in the modes that data keys are used with: CBC and ECB (SP 800-38A), GCM (SP 800-38D).
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

class LibraryContext;

enum class CipherMode : std::uint8_t { kCbc, kEcb, kGcm };

inline constexpr std::size_t kMaxAesKeyLength = 32;
// Most data at once: far above what a protocol message carries.
inline constexpr std::size_t kMaxCipherData = 64 * 1024 * 1024;

struct DataCipher {
  CipherMode mode = CipherMode::kGcm;
  bool padding = false;         // PKCS #7 (RFC 5652 §6.3); CBC and ECB alone
  Bytes iv;                     // 16 bytes for CBC, 12 for GCM, none for ECB
  Bytes additional_data;        // GCM alone
  std::size_t tag_length = 16;  // GCM alone: 12 to 16, behind the ciphertext
};

// INPUT_INVALID naming the first member that does not fit the mode.
Status check_cipher(const DataCipher& cipher);

// What encrypting `data_length` bytes can give at most; decrypting never gives more than it takes.
std::size_t encrypted_capacity(const DataCipher& cipher, std::size_t data_length);

// The key has 16, 24 or 32 bytes; without padding the data of CBC and ECB is whole blocks. Anything
// else is INPUT_INVALID. `output` has encrypted_capacity() bytes. Returns the length written.
Result<std::size_t> encrypt_data(const LibraryContext& context, const DataCipher& cipher, Bytes key,
                                 MutableBytes output, Bytes data);
// `output` has as many bytes as `data`. DECRYPT_FAILED when tag or padding is wrong; `output` is
// then all zero.
Result<std::size_t> decrypt_data(const LibraryContext& context, const DataCipher& cipher, Bytes key,
                                 MutableBytes output, Bytes data);

}  // namespace cryptobroker
