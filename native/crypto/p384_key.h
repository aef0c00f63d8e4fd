// P-384 key pairs (FIPS 186-5) that rest behind a handle: for agreement, or for signatures.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

class LibraryContext;

inline constexpr std::size_t kP384PointLength = 97;  // uncompressed (SEC 1 §2.3.3)
inline constexpr std::size_t kP384SpkiLength = 120;
inline constexpr std::size_t kP384Pkcs8Length = 185;

using P384Point = std::array<std::uint8_t, kP384PointLength>;
using P384Spki = std::array<std::uint8_t, kP384SpkiLength>;

// The provider keeps the private number in the secure heap; native/test holds it to that. Movable;
// several threads may use one at once, as long as none drops it.
class P384Key {
 public:
  static Result<P384Key> generate(const LibraryContext& context);
  // Reads what private_key_info() gives, which is what OpenSSL writes, too. There is no other DER
  // form of such a key with its public half in it, so nothing is parsed: all but the numbers is
  // compared. INPUT_INVALID for everything else, and when the halves are no pair.
  static Result<P384Key> from_private_key_info(const LibraryContext& context, Bytes der);

  // PrivateKeyInfo (RFC 5208 §5) with the public key in it, kP384Pkcs8Length bytes.
  Result<SecretBytes> private_key_info() const;
  // SubjectPublicKeyInfo (RFC 5480 §2), DER.
  Bytes public_key_info() const { return spki_; }
  // The last part of it: the uncompressed point.
  Bytes point() const { return Bytes(spki_).last(kP384PointLength); }

  // nullptr once dropped.
  EVP_PKEY* get() const { return pair_.get(); }
  void drop() { pair_.reset(); }

 private:
  P384Key(PkeyPtr pair, const P384Spki& spki) : pair_(std::move(pair)), spki_(spki) {}
  PkeyPtr pair_;
  P384Spki spki_;
};

// A public key for use in the provider. `field` names the argument in the error: INPUT_INVALID when
// it is no P-384 key or its point is not on the curve.
Result<PkeyPtr> load_p384_public_key(const LibraryContext& context, Bytes spki, const char* field);
// The same from an uncompressed point.
Result<PkeyPtr> load_p384_point(const LibraryContext& context, Bytes point, const char* field);

}  // namespace cryptobroker
