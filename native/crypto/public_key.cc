#include "native/crypto/public_key.h"

#include <openssl/core_names.h>

#include <array>
#include <optional>
#include <string>

#include "native/crypto/key_parameters.h"
#include "native/crypto/library_context.h"
#include "native/crypto/oids.h"

namespace cryptobroker {

namespace {

constexpr std::uint8_t kUncompressedPoint = 0x04;  // SEC 1 §2.3.3
// OpenSSL refuses longer exponents for long moduli, and nobody uses them.
constexpr int kMaxRsaExponentBits = 64;

struct KnownOid {
  std::string_view dotted;
  std::string_view name;
};

// Kinds of key that people do send and that are not issued for.
constexpr std::array<KnownOid, 11> kOtherKeys = {{
    {"1.2.840.113549.1.1.10", "RSA-PSS"},
    {"1.2.840.113549.1.3.1", "DH"},
    {"1.2.840.10040.4.1", "DSA"},
    {"1.3.101.110", "X25519"},
    {"1.3.101.111", "X448"},
    {"1.3.101.112", "Ed25519"},
    {"1.3.101.113", "Ed448"},
    {"1.3.132.1.12", "ECDH"},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
}};

constexpr std::array<KnownOid, 7> kOtherCurves = {{
    {"1.2.840.10045.3.1.1", "P-192"},
    {"1.3.132.0.33", "P-224"},
    {"1.3.132.0.10", "secp256k1"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
    {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
    {"1.2.156.10197.1.301", "SM2"},
}};

template <std::size_t Size>
std::string name_of(Bytes oid, const std::array<KnownOid, Size>& known) {
  std::string dotted = oid_text(oid);
  for (const KnownOid& entry : known) {
    if (entry.dotted == dotted) {
      return std::string(entry.name);
    }
  }
  return dotted;
}

Result<PublicKeyInfo> read_rsa(PublicKeyInfo key, const RequestField& field) {
  bool malformed = false;
  DerReader input(key.key_bits, malformed);
  DerReader numbers = input.enter(kSequence);  // RFC 8017 Appendix A.1.1
  key.modulus = numbers.read_unsigned();
  key.exponent = numbers.read_unsigned();
  numbers.finish();
  input.finish();
  if (malformed || key.modulus.empty() || key.exponent.empty()) {
    return field.malformed_because("the RSA public key is not a modulus and an exponent in DER");
  }
  const int exponent_bits = bit_length(key.exponent);
  if ((key.modulus.back() & 1) == 0 || (key.exponent.back() & 1) == 0 || exponent_bits < 2) {
    return field.malformed_because("the RSA modulus or exponent is even or 1");
  }
  if (exponent_bits > kMaxRsaExponentBits) {
    return field.error(ErrorCode::KEY_UNSUPPORTED, "RSA exponents above 64 bits are not supported");
  }
  key.kind.algorithm = KeyAlgorithm::kRsa;
  key.kind.bits = bit_length(key.modulus);
  return key;
}

Result<PublicKeyInfo> read_ec(PublicKeyInfo key, const DerElement& parameters,
                              const RequestField& field) {
  const auto curve = read_curve(parameters, field);
  if (!curve) {
    return curve.error();
  }
  const CurveInfo& info = curve_info(curve.value());
  if (key.key_bits.empty() || key.key_bits[0] != kUncompressedPoint) {
    return field.error(ErrorCode::KEY_UNSUPPORTED, "only uncompressed EC points are supported");
  }
  if (key.key_bits.size() != 1 + 2 * info.field_bytes) {
    return field.malformed_because(std::string("the EC point does not have the length of ") +
                                   info.name);
  }
  key.kind = {KeyAlgorithm::kEcdsa, curve.value(), info.bits};
  return key;
}

}  // namespace

Error unsupported_key(Bytes algorithm_oid, const RequestField& field) {
  return field.error(
      ErrorCode::KEY_UNSUPPORTED,
      name_of(algorithm_oid, kOtherKeys) + " keys are not supported, only RSA and EC keys");
}

Result<Curve> read_curve(const DerElement& parameters, const RequestField& field) {
  if (parameters.tag == kSequence) {
    return field.error(ErrorCode::KEY_UNSUPPORTED,
                       "EC keys with explicit curve parameters are not supported");
  }
  if (parameters.tag != kOid) {
    return field.malformed_because("the EC key names no curve");
  }
  if (same_bytes(parameters.content, oid::kP256)) {
    return Curve::kP256;
  }
  if (same_bytes(parameters.content, oid::kP384)) {
    return Curve::kP384;
  }
  if (same_bytes(parameters.content, oid::kP521)) {
    return Curve::kP521;
  }
  return field.error(ErrorCode::KEY_UNSUPPORTED,
                     "EC keys on curve " + name_of(parameters.content, kOtherCurves) +
                         " are not supported, only P-256, P-384 and P-521");
}

Result<PublicKeyInfo> read_public_key(const DerElement& info, const RequestField& field) {
  PublicKeyInfo key;
  key.encoding = info.encoding;
  bool malformed = false;
  DerReader content(info.content, malformed);
  DerReader algorithm = content.enter(kSequence);
  const Bytes algorithm_oid = algorithm.read_oid();
  const DerElement parameters = algorithm.at_end() ? DerElement{} : algorithm.read_any();
  algorithm.finish();
  key.key_bits = content.read_bits();
  content.finish();
  if (malformed) {
    return field.malformed_because("the public key is not a SubjectPublicKeyInfo in DER");
  }
  if (same_bytes(algorithm_oid, oid::kEcPublicKey)) {
    return read_ec(key, parameters, field);
  }
  if (!same_bytes(algorithm_oid, oid::kRsaEncryption)) {
    return unsupported_key(algorithm_oid, field);
  }
  // RFC 3279 §2.3.1: the parameters are NULL, and present.
  if (parameters.tag != kNull || !parameters.content.empty()) {
    return field.malformed_because("the RSA key has no NULL parameters");
  }
  return read_rsa(key, field);
}

Result<PkeyPtr> load_public_key(const LibraryContext& context, const PublicKeyInfo& key,
                                const RequestField& field) {
  KeyParameters parameters;
  if (key.kind.algorithm == KeyAlgorithm::kRsa) {
    parameters.add_number(OSSL_PKEY_PARAM_RSA_N, key.modulus);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_E, key.exponent);
  } else {
    parameters.add_curve(key.kind.curve);
    parameters.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, key.key_bits);
  }
  PkeyPtr loaded = parameters.load(context, key.kind.algorithm, EVP_PKEY_PUBLIC_KEY);
  if (loaded == nullptr) {
    return field.malformed_because("the public key is not valid");
  }
  return loaded;
}

}  // namespace cryptobroker
