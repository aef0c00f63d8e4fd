// EncryptedPrivateKeyInfo (RFC 5958 §3) with PBES2 (RFC 8018 §6.2): PBKDF2 with HMAC-SHA-256,
// AES-256-CBC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

class LibraryContext;

// The FIPS module takes no shorter one.
inline constexpr std::size_t kMinPassphrase = 8;
inline constexpr std::size_t kMaxPassphrase = 1024;

// INPUT_INVALID when it is shorter or longer than that.
Status check_passphrase(Bytes passphrase);

// The DER of `private_key_info` encrypted under a passphrase that was checked: 0.2 s of work, so
// that guessing takes as long.
Result<std::vector<std::uint8_t>> encrypt_key(const LibraryContext& context, Bytes private_key_info,
                                              Bytes passphrase);

// What such a document says. Views point into it.
struct EncryptedKey {
  Bytes salt;
  std::uint32_t iterations = 0;
  Bytes iv;
  Bytes ciphertext;
};

// True when `der` begins as an EncryptedPrivateKeyInfo does.
bool is_encrypted_key(Bytes der);

// INPUT_INVALID when `der` is not one, names other algorithms, less salt or fewer iterations than
// SP 800-132 asks, or more than ten million iterations.
Result<EncryptedKey> read_encrypted_key(Bytes der);

// The PrivateKeyInfo. DECRYPT_FAILED when the padding under this passphrase is wrong; a wrong
// passphrase passes one time in 256, so the caller must look at what it gets.
Result<SecretBytes> decrypt_key(const LibraryContext& context, const EncryptedKey& key,
                                Bytes passphrase);

}  // namespace cryptobroker
