#include "native/crypto/private_key.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "native/crypto/der_reader.h"
#include "native/crypto/key_parameters.h"
#include "native/crypto/library_context.h"
#include "native/crypto/oids.h"
#include "native/crypto/pem.h"
#include "native/crypto/shown_text.h"

namespace cryptobroker {

namespace {

constexpr std::string_view kEcParametersLabel = "EC PARAMETERS";
constexpr std::string_view kEncryptedLabel = "ENCRYPTED PRIVATE KEY";
constexpr std::array<std::string_view, 3> kKeyLabels = {"PRIVATE KEY", "RSA PRIVATE KEY",
                                                        "EC PRIVATE KEY"};

Error malformed(std::string message) { return kCaKeyField.malformed_because(std::move(message)); }

Error encrypted() {
  return kCaKeyField.error(ErrorCode::CA_KEY_ENCRYPTED, "the CA private key is encrypted");
}

Bytes without_leading_zeros(Bytes number) {
  while (!number.empty() && number[0] == 0) {
    number = number.subspan(1);
  }
  return number;
}

Result<EncodedDocument> decode_key_pem(Bytes input) {
  PemScanner blocks(input);
  auto block = blocks.next();
  const bool parameters_first = block && block->label == kEcParametersLabel;
  while (block && block->label == kEcParametersLabel) {
    block = blocks.next();
  }
  if (!block) {
    return malformed(parameters_first ? "holds EC parameters, but no key"
                                      : "is neither a whole PEM block nor DER");
  }
  if (block->encrypted || block->label == kEncryptedLabel) {
    return encrypted();
  }
  if (std::ranges::find(kKeyLabels, block->label) == kKeyLabels.end()) {
    return malformed("the PEM block is labelled " + shown(block->label) +
                     ", which is no private key");
  }
  return decode_block(*block, kCaKeyField);
}

Result<EncodedDocument> decode_key(Bytes input) {
  if (const Status size = check_document_size(input, kCaKeyField); !size) {
    return size.error();
  }
  if (is_one_der_element(input)) {
    return EncodedDocument{{}, input};
  }
  return decode_key_pem(input);
}

// RSAPrivateKey (RFC 8017 Appendix A.1.2). The bounds keep the work of a hostile key within that of
// an honest one of the same modulus.
Status read_rsa(DerReader fields, const bool& is_malformed, PrivateKey& key) {
  const Bytes version = fields.read_unsigned();
  auto& rsa = key.rsa;
  for (Bytes* number : {&rsa.modulus, &rsa.exponent, &rsa.private_exponent, &rsa.prime1,
                        &rsa.prime2, &rsa.exponent1, &rsa.exponent2, &rsa.coefficient}) {
    *number = fields.read_unsigned();
  }
  if (!is_malformed && !version.empty()) {
    return kCaKeyField.error(ErrorCode::KEY_UNSUPPORTED,
                             "RSA keys of more than two primes are not supported");
  }
  fields.finish();
  if (is_malformed) {
    return malformed("the RSA key is not the nine numbers of an RSAPrivateKey in DER");
  }
  const int bits = bit_length(rsa.modulus);
  const int prime_bits = bit_length(rsa.prime1) + bit_length(rsa.prime2);
  const bool odd = !rsa.modulus.empty() && (rsa.modulus.back() & 1) != 0 && !rsa.prime1.empty() &&
                   (rsa.prime1.back() & 1) != 0 && !rsa.prime2.empty() &&
                   (rsa.prime2.back() & 1) != 0;
  const bool sized = (prime_bits == bits || prime_bits == bits + 1) &&
                     bit_length(rsa.private_exponent) <= bits &&
                     bit_length(rsa.exponent1) <= bit_length(rsa.prime1) &&
                     bit_length(rsa.exponent2) <= bit_length(rsa.prime2) &&
                     bit_length(rsa.coefficient) <= bit_length(rsa.prime1);
  const bool complete = !rsa.exponent.empty() && !rsa.private_exponent.empty() &&
                        !rsa.exponent1.empty() && !rsa.exponent2.empty() &&
                        !rsa.coefficient.empty();
  if (!odd || !sized || !complete) {
    return malformed("the numbers of the RSA key do not fit each other");
  }
  key.kind = {KeyAlgorithm::kRsa, Curve::kP256, bits};
  return Done{};
}

// ECPrivateKey (RFC 5915 §3). `outer` are the parameters of a PKCS #8 wrapping, an element with tag
// 0 if there are none.
Status read_ec(DerReader fields, const bool& is_malformed, const DerElement& outer,
               PrivateKey& key) {
  const Bytes version = fields.read_unsigned();
  key.ec.scalar = without_leading_zeros(fields.read(kOctetString).content);
  DerElement inner;
  if (fields.next_is(context_constructed(0))) {
    DerReader parameters = fields.enter(context_constructed(0));
    inner = parameters.read_any();
    parameters.finish();
  }
  if (fields.next_is(context_constructed(1))) {
    DerReader public_key = fields.enter(context_constructed(1));
    key.ec.point = public_key.read_bits();
    public_key.finish();
  }
  fields.finish();
  if (is_malformed || version.size() != 1 || version[0] != 1) {
    return malformed("the EC key is not an ECPrivateKey in DER");
  }
  const auto curve = read_curve(outer.tag != 0 ? outer : inner, kCaKeyField);
  if (!curve) {
    return curve.error();
  }
  if (outer.tag != 0 && inner.tag != 0 && !same_bytes(outer.encoding, inner.encoding)) {
    return malformed("the EC key names two curves");
  }
  const CurveInfo& info = curve_info(curve.value());
  if (key.ec.scalar.empty() || bit_length(key.ec.scalar) > info.bits) {
    return malformed(std::string("the EC key is no number of ") + info.name);
  }
  key.kind = {KeyAlgorithm::kEcdsa, curve.value(), info.bits};
  return Done{};
}

// PrivateKeyInfo and OneAsymmetricKey (RFC 5958 §2), from privateKeyAlgorithm on.
Status read_pkcs8(DerReader fields, const bool& is_malformed, PrivateKey& key) {
  DerReader algorithm = fields.enter(kSequence);
  const Bytes algorithm_oid = algorithm.read_oid();
  const DerElement parameters = algorithm.at_end() ? DerElement{} : algorithm.read_any();
  algorithm.finish();
  DerReader private_key = fields.enter(kOctetString);
  for (const std::uint8_t optional : {context_constructed(0), context_primitive(1)}) {
    if (fields.next_is(optional)) {
      fields.read(optional);
    }
  }
  fields.finish();
  if (is_malformed) {
    return malformed("is not a PKCS #8, SEC1 or PKCS #1 key in DER");
  }
  const bool is_ec = same_bytes(algorithm_oid, oid::kEcPublicKey);
  if (!is_ec && !same_bytes(algorithm_oid, oid::kRsaEncryption)) {
    return unsupported_key(algorithm_oid, kCaKeyField);
  }
  DerReader content = private_key.enter(kSequence);
  private_key.finish();
  return is_ec ? read_ec(content, is_malformed, parameters, key)
               : read_rsa(content, is_malformed, key);
}

// The second element tells the formats apart: an algorithm (PKCS #8), an octet string (SEC1) or a
// number (PKCS #1).
Status read_key(PrivateKey& key) {
  bool is_malformed = false;
  DerReader input(key.document.der, is_malformed);
  DerReader fields = input.enter(kSequence);
  input.finish();
  const DerReader from_start = fields;
  const std::uint8_t first_tag = fields.read_any().tag;
  if (first_tag == kSequence && fields.next_is(kOctetString)) {
    return encrypted();  // EncryptedPrivateKeyInfo (RFC 5958 §3)
  }
  if (first_tag == kInteger && fields.next_is(kSequence)) {
    return read_pkcs8(fields, is_malformed, key);
  }
  if (first_tag == kInteger && fields.next_is(kOctetString)) {
    return read_ec(from_start, is_malformed, DerElement{}, key);
  }
  if (first_tag == kInteger && fields.next_is(kInteger)) {
    return read_rsa(from_start, is_malformed, key);
  }
  return malformed("is not a PKCS #8, SEC1 or PKCS #1 key in DER");
}

bool states_other_public_key(const PrivateKey& key, const PublicKeyInfo& certificate_key) {
  if (key.kind.algorithm == KeyAlgorithm::kRsa) {
    return !same_bytes(key.rsa.modulus, certificate_key.modulus) ||
           !same_bytes(key.rsa.exponent, certificate_key.exponent);
  }
  return !key.ec.point.empty() && !same_bytes(key.ec.point, certificate_key.key_bits);
}

// 0 < scalar < order of the curve (SEC 1 §3.2.1), which the provider does not ask when it takes a
// key. For RSA there is no such quick question.
bool has_private_number_in_range(const LibraryContext& context, const PrivateKey& key,
                                 EVP_PKEY* pair) {
  if (key.kind.algorithm == KeyAlgorithm::kRsa) {
    return true;
  }
  const PkeyCtxPtr check(EVP_PKEY_CTX_new_from_pkey(context.handle(), pair, context.properties()));
  return check != nullptr && EVP_PKEY_private_check(check.get()) == 1;
}

}  // namespace

Result<PrivateKey> read_private_key(Bytes input) {
  auto document = decode_key(input);
  if (!document) {
    return document.error();
  }
  PrivateKey key;
  key.document = std::move(document).value();
  if (const Status status = read_key(key); !status) {
    return status.error();
  }
  return key;
}

Error key_mismatch() {
  return kCaKeyField.error(ErrorCode::CA_KEY_MISMATCH,
                           "the CA private key does not belong to the CA certificate");
}

Result<PkeyPtr> load_key_pair(const LibraryContext& context, const PrivateKey& key,
                              const PublicKeyInfo& certificate_key) {
  const bool same_kind = key.kind.algorithm == certificate_key.kind.algorithm &&
                         key.kind.bits == certificate_key.kind.bits;
  if (!same_kind || states_other_public_key(key, certificate_key)) {
    return key_mismatch();
  }
  KeyParameters parameters;
  if (key.kind.algorithm == KeyAlgorithm::kRsa) {
    parameters.add_number(OSSL_PKEY_PARAM_RSA_N, key.rsa.modulus);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_E, key.rsa.exponent);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_D, key.rsa.private_exponent);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_FACTOR1, key.rsa.prime1);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_FACTOR2, key.rsa.prime2);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_EXPONENT1, key.rsa.exponent1);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_EXPONENT2, key.rsa.exponent2);
    parameters.add_number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.rsa.coefficient);
  } else {
    parameters.add_curve(key.kind.curve);
    parameters.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, certificate_key.key_bits);
    parameters.add_number(OSSL_PKEY_PARAM_PRIV_KEY, key.ec.scalar);
  }
  PkeyPtr pair = parameters.load(context, key.kind.algorithm, EVP_PKEY_KEYPAIR);
  if (pair == nullptr || !has_private_number_in_range(context, key, pair.get())) {
    return malformed("the numbers cannot be a key");
  }
  return pair;
}

}  // namespace cryptobroker
