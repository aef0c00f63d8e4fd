#include "native/crypto/signature.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "native/crypto/library_context.h"
#include "native/crypto/oids.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {

namespace {

struct DigestRow {
  const char* openssl_name;
  Bytes digest_oid;
  Bytes rsa_oid;
  Bytes ecdsa_oid;
};
// In the order of SignatureDigest.
constexpr std::array<DigestRow, 3> kDigestRows = {{
    {"SHA2-256", oid::kSha256, oid::kRsaSha256, oid::kEcdsaSha256},
    {"SHA2-384", oid::kSha384, oid::kRsaSha384, oid::kEcdsaSha384},
    {"SHA2-512", oid::kSha512, oid::kRsaSha512, oid::kEcdsaSha512},
}};

const DigestRow& row_of(SignatureDigest digest) {
  return kDigestRows[static_cast<std::size_t>(digest)];
}

// AlgorithmIdentifiers differ in the OID's last octet alone.
constexpr std::size_t kRsaSize = 2 + 2 + oid::kRsaSha256.size() + 2;
constexpr std::size_t kEcdsaSize = 2 + 2 + oid::kEcdsaSha256.size();

constexpr std::array<std::uint8_t, kRsaSize> rsa_identifier(const oid::Oid<9>& oid) {
  std::array<std::uint8_t, kRsaSize> out = {kSequence, kRsaSize - 2, kOid,
                                            static_cast<std::uint8_t>(oid.size())};
  for (std::size_t i = 0; i < oid.size(); ++i) {
    out[4 + i] = oid[i];
  }
  out[4 + oid.size()] = kNull;  // RFC 4055 §5: NULL, and present
  return out;
}

constexpr std::array<std::uint8_t, kEcdsaSize> ecdsa_identifier(const oid::Oid<8>& oid) {
  std::array<std::uint8_t, kEcdsaSize> out = {kSequence, kEcdsaSize - 2, kOid,
                                              static_cast<std::uint8_t>(oid.size())};
  for (std::size_t i = 0; i < oid.size(); ++i) {
    out[4 + i] = oid[i];
  }
  return out;
}

constexpr std::array kRsaIdentifiers = {rsa_identifier(oid::kRsaSha256),
                                        rsa_identifier(oid::kRsaSha384),
                                        rsa_identifier(oid::kRsaSha512)};
constexpr std::array kEcdsaIdentifiers = {ecdsa_identifier(oid::kEcdsaSha256),
                                          ecdsa_identifier(oid::kEcdsaSha384),
                                          ecdsa_identifier(oid::kEcdsaSha512)};

struct KnownSignature {
  std::string_view dotted;
  std::string_view name;
};
constexpr std::array<KnownSignature, 10> kOtherSignatures = {{
    {"1.2.840.113549.1.1.4", "md5WithRSAEncryption"},
    {"1.2.840.113549.1.1.5", "sha1WithRSAEncryption"},
    {"1.2.840.113549.1.1.14", "sha224WithRSAEncryption"},
    {"1.2.840.10045.4.1", "ecdsa-with-SHA1"},
    {"1.2.840.10045.4.3.1", "ecdsa-with-SHA224"},
    {"2.16.840.1.101.3.4.3.10", "ecdsa-with-SHA3-256"},
    {"2.16.840.1.101.3.4.3.11", "ecdsa-with-SHA3-384"},
    {"2.16.840.1.101.3.4.3.12", "ecdsa-with-SHA3-512"},
    {"1.3.101.112", "Ed25519"},
    {"1.3.101.113", "Ed448"},
}};

Error unsupported(std::string name) {
  for (const KnownSignature& entry : kOtherSignatures) {
    if (entry.dotted == name) {
      name = entry.name;
    }
  }
  return {ErrorCode::ALGORITHM_UNSUPPORTED,
          "signatures by " + name +
              " are not allowed, only RSA and ECDSA with SHA-256, SHA-384 or SHA-512",
          {}};
}

// Some writers leave the NULL out, some add it where it does not belong; it says nothing either
// way.
void skip_null(DerReader& algorithm) {
  if (algorithm.next_is(kNull)) {
    algorithm.read(kNull);
  }
}

std::optional<SignatureDigest> digest_by_oid(Bytes oid) {
  for (std::size_t i = 0; i < kDigestRows.size(); ++i) {
    if (same_bytes(kDigestRows[i].digest_oid, oid)) {
      return static_cast<SignatureDigest>(i);
    }
  }
  return std::nullopt;
}

std::optional<SignatureDigest> read_digest_algorithm(DerReader algorithm) {
  const auto digest = digest_by_oid(algorithm.read_oid());
  skip_null(algorithm);
  algorithm.finish();
  return digest;
}

// RSASSA-PSS-params (RFC 4055 §3.1). The defaults are SHA-1, so both digests must be there; MGF1
// must use the same one.
std::optional<SignatureScheme> read_pss(DerReader parameters, const bool& malformed) {
  DerReader hash = parameters.enter(context_constructed(0));
  const auto digest = read_digest_algorithm(hash.enter(kSequence));
  hash.finish();
  DerReader mask = parameters.enter(context_constructed(1));
  DerReader mask_algorithm = mask.enter(kSequence);
  const bool mgf1 = same_bytes(mask_algorithm.read_oid(), oid::kMgf1);
  const auto mask_digest = read_digest_algorithm(mask_algorithm.enter(kSequence));
  mask_algorithm.finish();
  mask.finish();
  int salt = 20;
  if (parameters.next_is(context_constructed(2))) {
    DerReader salt_length = parameters.enter(context_constructed(2));
    const Bytes number = salt_length.read_unsigned();
    salt_length.finish();
    salt = number.empty() ? 0 : number.size() == 1 ? number[0] : 256;
  }
  parameters.finish();
  // More salt than the digest has is not approved (FIPS 186-5 §5.4 g).
  const int digest_bytes = digest ? 32 + 16 * static_cast<int>(*digest) : 0;
  if (malformed || !digest || !mgf1 || mask_digest != digest || salt > digest_bytes) {
    return std::nullopt;
  }
  return SignatureScheme{KeyAlgorithm::kRsa, *digest, true, salt};
}

// A context ready for a one-shot sign or verify, or nullptr.
DigestCtxPtr begin(const LibraryContext& context, EVP_PKEY* key, const SignatureScheme& scheme,
                   decltype(&EVP_DigestSignInit_ex) initialize) {
  DigestCtxPtr digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `digest`
  if (digest == nullptr ||
      initialize(digest.get(), &key_context, row_of(scheme.digest).openssl_name, context.handle(),
                 context.properties(), key, nullptr) != 1) {
    return nullptr;
  }
  if (scheme.pss && (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) != 1 ||
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, scheme.pss_salt) != 1)) {
    return nullptr;
  }
  return digest;
}

}  // namespace

Bytes signature_algorithm(KeyAlgorithm key, SignatureDigest digest) {
  const auto index = static_cast<std::size_t>(digest);
  return key == KeyAlgorithm::kRsa ? Bytes(kRsaIdentifiers[index])
                                   : Bytes(kEcdsaIdentifiers[index]);
}

Result<SignatureScheme> read_signature_scheme(const DerElement& algorithm) {
  bool malformed = false;
  DerReader content(algorithm.content, malformed);
  const Bytes algorithm_oid = content.read_oid();
  if (same_bytes(algorithm_oid, oid::kRsaPss)) {
    const auto scheme = read_pss(content.enter(kSequence), malformed);
    content.finish();
    return scheme && !malformed
               ? Result<SignatureScheme>(*scheme)
               : Result<SignatureScheme>(unsupported("RSA-PSS with these parameters"));
  }
  skip_null(content);
  content.finish();
  for (std::size_t i = 0; i < kDigestRows.size() && !malformed; ++i) {
    if (same_bytes(kDigestRows[i].rsa_oid, algorithm_oid)) {
      return SignatureScheme{KeyAlgorithm::kRsa, static_cast<SignatureDigest>(i)};
    }
    if (same_bytes(kDigestRows[i].ecdsa_oid, algorithm_oid)) {
      return SignatureScheme{KeyAlgorithm::kEcdsa, static_cast<SignatureDigest>(i)};
    }
  }
  return unsupported(oid_text(algorithm_oid));
}

Result<std::vector<std::uint8_t>> sign(const LibraryContext& context, EVP_PKEY* key,
                                       const SignatureScheme& scheme, Bytes message) {
  const DigestCtxPtr digest = begin(context, key, scheme, EVP_DigestSignInit_ex);
  std::vector<std::uint8_t> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t length = signature.size();
  if (digest == nullptr || EVP_DigestSign(digest.get(), signature.data(), &length, message.data(),
                                          message.size()) != 1) {
    return internal_error("signing");
  }
  signature.resize(length);
  return signature;
}

bool verify(const LibraryContext& context, EVP_PKEY* key, const SignatureScheme& scheme,
            Bytes signature, Bytes message) {
  const DigestCtxPtr digest = begin(context, key, scheme, EVP_DigestVerifyInit_ex);
  return digest != nullptr && EVP_DigestVerify(digest.get(), signature.data(), signature.size(),
                                               message.data(), message.size()) == 1;
}

}  // namespace cryptobroker
