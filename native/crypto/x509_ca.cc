#include "native/crypto/x509_ca.h"

#include <openssl/evp.h>

#include <cstddef>
#include <mutex>
#include <utility>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

namespace {

using Identity = std::array<std::uint8_t, 32>;

// Pairs whose signature the certificate's key has verified, by their hash. Holds no secret. A pair
// that another one pushed out proves itself again, which costs one verification (65 us for P-256,
// 330 us for P-384).
class ProvenPairs {
 public:
  bool contains(const Identity& pair) {
    const std::lock_guard lock(mutex_);
    return slot_of(pair) == pair;
  }
  void insert(const Identity& pair) {
    const std::lock_guard lock(mutex_);
    slot_of(pair) = pair;
  }

 private:
  Identity& slot_of(const Identity& pair) { return slots_[pair[0]]; }

  std::mutex mutex_;
  std::array<Identity, 256> slots_{};
};

ProvenPairs& proven_pairs() {
  static ProvenPairs pairs;
  return pairs;
}

// SHA-256 over both documents as they were sent, the length of the first one first.
std::optional<Identity> identify(const LibraryContext& context, Bytes key, Bytes certificate) {
  const std::uint64_t key_size = key.size();
  Identity identity{};
  const EVP_MD* sha256 =
      context.algorithms().digests[static_cast<std::size_t>(DigestId::kSha256)].get();
  const DigestCtxPtr digest(EVP_MD_CTX_new());
  const bool done = digest != nullptr && EVP_DigestInit_ex2(digest.get(), sha256, nullptr) == 1 &&
                    EVP_DigestUpdate(digest.get(), &key_size, sizeof key_size) == 1 &&
                    EVP_DigestUpdate(digest.get(), key.data(), key.size()) == 1 &&
                    EVP_DigestUpdate(digest.get(), certificate.data(), certificate.size()) == 1 &&
                    EVP_DigestFinal_ex(digest.get(), identity.data(), nullptr) == 1;
  return done ? std::optional(identity) : std::nullopt;
}

}  // namespace

Result<CertificationAuthority> CertificationAuthority::open(const LibraryContext& context,
                                                            Bytes key, Bytes certificate,
                                                            CaCache* cache) {
  CertificationAuthority ca;
  const auto identity = identify(context, key, certificate);
  if (!identity) {
    return internal_error("hashing the CA");
  }
  ca.identity_ = *identity;
  ca.cache_ = cache;
  if (cache != nullptr) {
    ca.parsed_ = cache->find(ca.identity_, CaCache::Clock::now());
    if (ca.parsed_ != nullptr) {
      ca.from_cache_ = true;
      return ca;
    }
  }
  auto private_key = read_private_key(key);
  if (!private_key) {
    return private_key.error();
  }
  auto ca_certificate = read_ca_certificate(certificate);
  if (!ca_certificate) {
    return ca_certificate.error();
  }
  ca.key_ = std::move(private_key).value();
  ca.certificate_ = std::move(ca_certificate).value();
  return ca;
}

const KeyKind& CertificationAuthority::kind() const {
  return parsed_ != nullptr ? parsed_->kind : key_->kind;
}

Status CertificationAuthority::match(const LibraryContext& context) {
  if (from_cache_) {
    return Done{};
  }
  auto pair = load_key_pair(context, *key_, certificate_->public_key);
  if (!pair) {
    return pair.error();
  }
  const Bytes subject = certificate_->subject;
  const Bytes key_identifier = certificate_->key_identifier;
  parsed_ = std::make_shared<const ParsedCa>(
      ParsedCa{.kind = key_->kind,
               .key = std::move(pair).value(),
               .subject = {subject.begin(), subject.end()},
               .key_identifier = {key_identifier.begin(), key_identifier.end()}});
  return Done{};
}

Result<std::vector<std::uint8_t>> CertificationAuthority::sign(const LibraryContext& context,
                                                               SignatureDigest digest,
                                                               Bytes message) {
  const SignatureScheme scheme{parsed_->kind.algorithm, digest};
  auto signature = cryptobroker::sign(context, parsed_->key.get(), scheme, message);
  if (from_cache_) {
    return signature;
  }
  const bool proven = proven_pairs().contains(identity_);
  if (!signature) {
    // Numbers that look like an RSA key and are none can make the arithmetic fail.
    const bool numbers_at_fault = !proven && signature.error().code == ErrorCode::INTERNAL;
    return numbers_at_fault ? kCaKeyField.malformed_because("the CA private key cannot sign")
                            : signature.error();
  }
  if (!proven) {
    const auto certificate_key = load_public_key(context, certificate_->public_key, kCaCertField);
    if (!certificate_key) {
      return certificate_key.error();
    }
    if (!verify(context, certificate_key.value().get(), scheme, signature.value(), message)) {
      return key_mismatch();
    }
    proven_pairs().insert(identity_);
  }
  if (cache_ != nullptr) {
    cache_->insert(identity_, parsed_, CaCache::Clock::now());
  }
  return signature;
}

}  // namespace cryptobroker
