// ECDSA on P-384 with SHA-384 (FIPS 186-5 §6).
#pragma once

#include <cstdint>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_wrap.h"
#include "native/crypto/p384_key.h"

namespace cryptobroker {

class LibraryContext;

// Longest message that is signed.
inline constexpr std::size_t kMaxSignedData = 16 * 1024 * 1024;
// A PrivateKeyInfo under KWP.
inline constexpr std::size_t kWrappedSigningKeyLength = 200;

class SigningKey {
 public:
  // A new key; `wrapped` receives its PrivateKeyInfo under `parent`, kWrappedSigningKeyLength
  // bytes.
  static Result<SigningKey> generate(const LibraryContext& context, const WrappingKey& parent,
                                     MutableBytes wrapped);
  // UNWRAP_FAILED when `wrapped` was not made by generate() with `parent`.
  static Result<SigningKey> unwrap(const LibraryContext& context, const WrappingKey& parent,
                                   Bytes wrapped);

  Bytes public_key_info() const { return pair_.public_key_info(); }
  // DER: SEQUENCE { r, s } (RFC 3279 §2.2.3).
  Result<std::vector<std::uint8_t>> sign(const LibraryContext& context, Bytes data) const;
  void drop() { pair_.drop(); }

 private:
  explicit SigningKey(P384Key pair) : pair_(std::move(pair)) {}
  P384Key pair_;
};

// Whether `signature` on `data` is good; false for malformed ones too. INPUT_INVALID when
// `public_key` is no SubjectPublicKeyInfo of a P-384 key.
Result<bool> verify_signature(const LibraryContext& context, Bytes public_key, Bytes data,
                              Bytes signature);

}  // namespace cryptobroker
