// AES-GCM (SP 800-38D) with 12-byte nonces and tags of 16 bytes, or 12 at the least.
#pragma once

#include <cstddef>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

class LibraryContext;

inline constexpr std::size_t kAeadTagLength = 16;
inline constexpr std::size_t kMinAeadTagLength = 12;
// OpenSSL counts bytes in an int.
inline constexpr std::size_t kMaxAeadInput = 0x7fffffff - kAeadTagLength;

// The key has 16, 24 or 32 bytes, the nonce 12, the tag 12 to 16; anything else is INPUT_INVALID. A
// nonce must never be used twice with one key. `output` must not overlap an input.
struct AeadKey {
  Bytes key;
  Bytes nonce;
  std::size_t tag_length = kAeadTagLength;
};

// Writes ciphertext and tag: `output` has exactly plaintext.size() + tag_length bytes.
Status aead_seal(const LibraryContext& context, const AeadKey& key, MutableBytes output,
                 Bytes plaintext, Bytes additional_data);

// Writes the plaintext: `output` has exactly ciphertext.size() - tag_length bytes.
// DECRYPT_FAILED when anything was changed; `output` is then all zero, and nothing of an
// unauthenticated plaintext is left.
Status aead_open(const LibraryContext& context, const AeadKey& key, MutableBytes output,
                 Bytes ciphertext, Bytes additional_data);

}  // namespace cryptobroker
