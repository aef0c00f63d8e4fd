// Signatures on certificates and CSRs: RSA and ECDSA with SHA-2.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/der_reader.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_algorithm.h"

namespace cryptobroker {

class LibraryContext;

enum class SignatureDigest : std::uint8_t { kSha256, kSha384, kSha512 };

// How a signature was or is to be made. RSA is PKCS #1 v1.5 unless `pss`.
struct SignatureScheme {
  KeyAlgorithm key = KeyAlgorithm::kEcdsa;
  SignatureDigest digest = SignatureDigest::kSha512;
  bool pss = false;
  int pss_salt = 0;  // bytes
};

// The AlgorithmIdentifier of a scheme without PSS (RFC 4055 §5, RFC 5758 §3.2), in DER.
Bytes signature_algorithm(KeyAlgorithm key, SignatureDigest digest);

// The scheme an AlgorithmIdentifier names. ALGORITHM_UNSUPPORTED, with the name of the algorithm,
// for MD5, SHA-1 and all others that are not ours.
Result<SignatureScheme> read_signature_scheme(const DerElement& algorithm);

// Signs `message`. The key may be used by several threads at once.
Result<std::vector<std::uint8_t>> sign(const LibraryContext& context, EVP_PKEY* key,
                                       const SignatureScheme& scheme, Bytes message);

// Whether `signature` on `message` is good.
bool verify(const LibraryContext& context, EVP_PKEY* key, const SignatureScheme& scheme,
            Bytes signature, Bytes message);

}  // namespace cryptobroker
