// The algorithms this folder uses, fetched once when the context is made: a fetch costs more than a
// short hash.
#pragma once

#include <openssl/types.h>

#include <array>

#include "native/crypto/digest.h"
#include "native/crypto/errors.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {

// Row 0: 128-bit keys, row 1: 192, row 2: 256.
using CiphersByKeySize = std::array<CipherPtr, 3>;

struct AlgorithmSet {
  std::array<DigestPtr, kDigestCount> digests;
  CiphersByKeySize key_wrap;
  CiphersByKeySize key_wrap_padded;
  CiphersByKeySize gcm;
  CiphersByKeySize cbc;
  CiphersByKeySize ecb;
  MacPtr hmac;
  // HMAC-SHA-256 without a key yet, to be duplicated: naming the digest anew costs a fetch.
  MacCtxPtr hmac_sha256;
  KdfPtr kbkdf;
  KdfPtr one_step_kdf;  // SP 800-56C
  KdfPtr pbkdf2;
};

// Fails with SELF_CHECK_FAILED naming the first algorithm the provider does not have.
Result<AlgorithmSet> fetch_algorithms(OSSL_LIB_CTX* context, const char* properties);

// The cipher for a key of 16, 24 or 32 bytes; nullptr for any other length.
const EVP_CIPHER* cipher_for_key(const CiphersByKeySize& ciphers, std::size_t key_bytes);

}  // namespace cryptobroker
