// Sealing keys, and service keys sealed to them: ephemeral-static ECDH on P-384 (SP 800-56A,
// one-pass), the one-step KDF with SHA-384 (SP 800-56C §4), AES-256-KW.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/p384_key.h"
#include "native/crypto/service_key.h"

namespace cryptobroker {

class LibraryContext;

// Longest FixedInfo: digests of what it binds are far shorter.
inline constexpr std::size_t kMaxSealingContext = 4096;

// A P-384 key pair to which service keys are sealed. One thread at a time.
struct SealingKey {
  static Result<SealingKey> generate(const LibraryContext& context);
  void drop() { pair.drop(); }

  P384Key pair;
};

struct SealedServiceKey {
  P384Point ephemeral_public;
  std::array<std::uint8_t, kWrappedChildLength> wrapped_key;
};

// Seals `key` to the sealing key with this SubjectPublicKeyInfo. `fixed_info` is the FixedInfo of
// the KDF, so that a sealed key opens in this context alone. INPUT_INVALID when `recipient` is no
// P-384 key.
Result<SealedServiceKey> seal_service_key(const LibraryContext& context, const ServiceKey& key,
                                          Bytes recipient, Bytes fixed_info);

// Opens what was sealed to `recipient` with the same `fixed_info`; UNWRAP_FAILED for everything
// else. Shared secret, derived key and service key stay in native memory.
Result<ServiceKey> open_service_key(const LibraryContext& context, const SealingKey& recipient,
                                    Bytes ephemeral_public, Bytes wrapped_key, Bytes fixed_info);

}  // namespace cryptobroker
