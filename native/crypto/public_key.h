// Public keys as certificates and CSRs carry them.
#pragma once

#include <openssl/types.h>

#include "native/crypto/bytes.h"
#include "native/crypto/der_reader.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_algorithm.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/request_field.h"

namespace cryptobroker {

class LibraryContext;

// Longest RSA modulus that is worked with, in bits; OpenSSL's own limit. The time of an RSA operation grows with its cube,
// so a profile's bounds are what protects a server; the published profiles of the original go up to 15380 bits.
inline constexpr int kMaxRsaBits = 16384;

// A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of one of our kinds. Views point into the document it
// was read from.
struct PublicKeyInfo {
  KeyKind kind;
  Bytes encoding;  // all of it
  Bytes key_bits;  // content of subjectPublicKey; an EC point for ECDSA
  // RSA, big-endian without leading zeros
  Bytes modulus;
  Bytes exponent;
};

// Reads the SubjectPublicKeyInfo whose content is given. KEY_UNSUPPORTED for other kinds of key,
// other curves, curves given by their parameters and compressed points; the field's own error for
// what cannot be a key.
Result<PublicKeyInfo> read_public_key(const DerElement& info, const RequestField& field);

// The curve an ECParameters element (RFC 5480 §2.1.1) names. KEY_UNSUPPORTED for every other than
// ours.
Result<Curve> read_curve(const DerElement& parameters, const RequestField& field);

// KEY_UNSUPPORTED, with the name of the algorithm if it is a known one.
Error unsupported_key(Bytes algorithm_oid, const RequestField& field);

// The key inside the provider. Fails with the field's own error when an EC point is not on its
// curve.
Result<PkeyPtr> load_public_key(const LibraryContext& context, const PublicKeyInfo& key,
                                const RequestField& field);

}  // namespace cryptobroker
