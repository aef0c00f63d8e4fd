// HMAC (FIPS 198-1) and key derivation with it (SP 800-108r1).
#pragma once

#include <cstddef>

#include "native/crypto/bytes.h"
#include "native/crypto/digest.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

class LibraryContext;

// Shortest key: 112 bits (SP 800-131Ar2 §10).
inline constexpr std::size_t kMinMacKey = 14;
inline constexpr std::size_t kMaxDerivedLength = 1024;

// Writes output_length bytes of the digest to `output`; the digest is SHA-256, SHA-384 or SHA-512.
Status compute_hmac(const LibraryContext& context, DigestId digest, MutableBytes output, Bytes key,
                    Bytes data);

// Fills `output` (1 to kMaxDerivedLength bytes) by KBKDF in counter mode over HMAC (SP 800-108r1
// §4.1): 32-bit counter before the fixed data, label, separator byte, context, 32-bit length.
Status derive_key(const LibraryContext& context, DigestId digest, MutableBytes output, Bytes key,
                  Bytes label, Bytes derivation_context);

}  // namespace cryptobroker
