#include "native/crypto/p384_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "native/crypto/der_reader.h"
#include "native/crypto/key_parameters.h"
#include "native/crypto/library_context.h"
#include "native/crypto/private_key.h"
#include "native/crypto/public_key.h"
#include "native/crypto/request_field.h"

namespace cryptobroker {
namespace {

constexpr std::size_t kScalarLength = 48;

// One curve and one form make every length fixed, so the DER around the numbers is constant.
// SubjectPublicKeyInfo: SEQUENCE { SEQUENCE { id-ecPublicKey, secp384r1 }, BIT STRING }.
constexpr std::array<std::uint8_t, kP384SpkiLength - kP384PointLength> kSpkiPrefix = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};
// PrivateKeyInfo: SEQUENCE { 0, SEQUENCE { id-ecPublicKey, secp384r1 }, OCTET STRING { ECPrivateKey
// (RFC 5915 §3): SEQUENCE { 1, OCTET STRING scalar, [1] { BIT STRING point } } } }.
constexpr std::array<std::uint8_t, 35> kPkcs8Prefix = {
    0x30, 0x81, 0xb6, 0x02, 0x01, 0x00, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,
    0x04, 0x81, 0x9e, 0x30, 0x81, 0x9b, 0x02, 0x01, 0x01, 0x04, 0x30};
constexpr std::array<std::uint8_t, 5> kPkcs8Middle = {0xa1, 0x64, 0x03, 0x62, 0x00};
static_assert(kPkcs8Prefix.size() + kScalarLength + kPkcs8Middle.size() + kP384PointLength ==
              kP384Pkcs8Length);

Error invalid(const char* field, const char* message) {
  return {ErrorCode::INPUT_INVALID, message, field};
}

Result<P384Spki> read_spki(EVP_PKEY* pair) {
  P384Spki spki;
  const auto point = std::ranges::copy(kSpkiPrefix, spki.begin()).out;
  std::size_t length = 0;
  if (EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, &*point, kP384PointLength,
                                      &length) != 1 ||
      length != kP384PointLength) {
    return internal_error("reading a public key");
  }
  return spki;
}

bool is_p384(const KeyKind& kind) {
  return kind.algorithm == KeyAlgorithm::kEcdsa && kind.curve == Curve::kP384;
}

}  // namespace

Result<P384Key> P384Key::generate(const LibraryContext& context) {
  const ErrorQueueGuard guard;
  PkeyPtr pair(EVP_PKEY_Q_keygen(context.handle(), context.properties(), "EC", "P-384"));
  if (pair == nullptr) {
    return internal_error("key generation");
  }
  const auto spki = read_spki(pair.get());
  if (!spki) {
    return spki.error();
  }
  return P384Key(std::move(pair), spki.value());
}

Result<P384Key> P384Key::from_private_key_info(const LibraryContext& context, Bytes der) {
  const ErrorQueueGuard guard;
  const Error refused = invalid("key", "not a P-384 private key");
  constexpr std::size_t kMiddleStart = kPkcs8Prefix.size() + kScalarLength;
  if (der.size() != kP384Pkcs8Length || !same_bytes(der.first(kPkcs8Prefix.size()), kPkcs8Prefix) ||
      !same_bytes(der.subspan(kMiddleStart, kPkcs8Middle.size()), kPkcs8Middle)) {
    return refused;
  }
  // OpenSSL also takes the hybrid form (SEC 1 §2.3.4), a second encoding of the same key.
  if (der.last(kP384PointLength)[0] != 0x04) {
    return refused;
  }
  PublicKeyInfo stated;
  stated.kind = {KeyAlgorithm::kEcdsa, Curve::kP384, 384};
  stated.key_bits = der.last(kP384PointLength);
  PrivateKey key;
  key.kind = stated.kind;
  key.ec.scalar = der.subspan(kPkcs8Prefix.size(), kScalarLength);
  key.ec.point = stated.key_bits;
  auto pair = load_key_pair(context, key, stated);
  if (!pair) {
    return pair.error().code == ErrorCode::CA_KEY_MALFORMED ? refused : pair.error();
  }
  const PkeyCtxPtr check(
      EVP_PKEY_CTX_new_from_pkey(context.handle(), pair.value().get(), context.properties()));
  if (check == nullptr || EVP_PKEY_pairwise_check(check.get()) != 1) {
    return refused;
  }
  const auto spki = read_spki(pair.value().get());
  if (!spki) {
    return spki.error();
  }
  return P384Key(std::move(pair).value(), spki.value());
}

Result<SecretBytes> P384Key::private_key_info() const {
  const ErrorQueueGuard guard;
  SecretBytes info(kP384Pkcs8Length);
  std::uint8_t* const scalar = std::ranges::copy(kPkcs8Prefix, info.data()).out;
  std::array params = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar, kScalarLength),
                       OSSL_PARAM_construct_end()};
  if (EVP_PKEY_get_params(pair_.get(), params.data()) != 1 || !OSSL_PARAM_modified(params.data())) {
    return internal_error("reading a private key");
  }
  // OSSL_PARAM(3): numbers have the byte order of the machine, and fill their space.
  if constexpr (std::endian::native == std::endian::little) {
    std::reverse(scalar, scalar + kScalarLength);
  }
  std::uint8_t* const middle = std::ranges::copy(kPkcs8Middle, scalar + kScalarLength).out;
  std::ranges::copy(point(), middle);
  return info;
}

Result<PkeyPtr> load_p384_public_key(const LibraryContext& context, Bytes spki, const char* field) {
  const auto element = first_der_element(spki);
  if (!element || element->encoding.size() != spki.size() || element->tag != kSequence) {
    return invalid(field, "not a SubjectPublicKeyInfo in DER");
  }
  const auto key = read_public_key(*element, {field, ErrorCode::INPUT_INVALID});
  if (!key || !is_p384(key.value().kind)) {
    return invalid(field, "not a P-384 public key");
  }
  return load_p384_point(context, key.value().key_bits, field);
}

Result<PkeyPtr> load_p384_point(const LibraryContext& context, Bytes point, const char* field) {
  const ErrorQueueGuard guard;
  if (point.size() != kP384PointLength || point[0] != 0x04) {
    return invalid(field, "not an uncompressed point of P-384");
  }
  PublicKeyInfo key;
  key.kind = {KeyAlgorithm::kEcdsa, Curve::kP384, 384};
  key.key_bits = point;
  return load_public_key(context, key, {field, ErrorCode::INPUT_INVALID});
}

}  // namespace cryptobroker
