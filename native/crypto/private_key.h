// CA private keys as callers send them: PKCS #8 (RFC 5958), SEC1 (RFC 5915) or PKCS #1 (RFC 8017),
// PEM or DER.
#pragma once

#include <openssl/types.h>

#include "native/crypto/bytes.h"
#include "native/crypto/encoded_document.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_algorithm.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/public_key.h"

namespace cryptobroker {

class LibraryContext;

// A private key as its document states it, before any of it was computed with. Numbers are
// big-endian without leading zeros and point into `document`, or into the caller's bytes when those
// were DER.
struct PrivateKey {
  EncodedDocument document;
  KeyKind kind;

  struct {
    Bytes scalar;
    Bytes point;  // empty when the document leaves it out
  } ec;

  struct {
    Bytes modulus, exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient;
  } rsa;
};

// Reads a key. In PEM, blocks before the first that holds a key must be EC PARAMETERS, as `openssl
// ecparam -genkey` writes them; the structure decides about the kind of key, not the label.
// CA_KEY_ENCRYPTED, CA_KEY_MALFORMED or KEY_UNSUPPORTED.
Result<PrivateKey> read_private_key(Bytes input);

// The key pair inside the provider. The public half is taken from `certificate_key`:
// CA_KEY_MISMATCH when the document states another one. A document may lie about its private half;
// only a signature shows that. CA_KEY_MALFORMED when the numbers cannot be a key.
Result<PkeyPtr> load_key_pair(const LibraryContext& context, const PrivateKey& key,
                              const PublicKeyInfo& certificate_key);

// The private key and the certificate's key are not a pair.
Error key_mismatch();

}  // namespace cryptobroker
