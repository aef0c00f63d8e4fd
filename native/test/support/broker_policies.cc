#include "native/test/support/broker_policies.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "native/test/support/context.h"

namespace cryptobroker::testing {
namespace {

// LEAF_POLICY of test/support/certificate-requests.ts.
std::shared_ptr<const CertificatePolicy> leaf_policy() {
  CertificatePolicy policy;
  policy.signature_key = KeyAlgorithm::kEcdsa;
  policy.signature_digest = SignatureDigest::kSha256;
  policy.not_before_offset = -3600;
  policy.not_after_offset = 365 * 24 * 3600;
  policy.subject_key = {{2048, 4096}, {256, 521}};
  policy.issuer_key = policy.subject_key;
  policy.key_usage = 5;
  policy.extended_key_usage = {1};
  return std::make_shared<const CertificatePolicy>(std::move(policy));
}

// The thresholds of src/crypto/algorithms.ts.
std::size_t threshold_of(DigestId digest) {
  switch (digest) {
    case DigestId::kSha256:
      return 65536;
    case DigestId::kSha384:
    case DigestId::kSha512:
    case DigestId::kSha512_256:
      return 32768;
    default:
      return 8192;
  }
}

}  // namespace

ProfilePolicy hashing_profile(std::string name, DigestId digest, std::size_t async_above) {
  ProfilePolicy policy;
  policy.name = std::move(name);
  policy.hash_data = HashDataPolicy{digest, digest_info(digest).name, async_above};
  return policy;
}

std::shared_ptr<const PolicySnapshot> golden_policies() {
  const auto hashing = [](const char* name, DigestId digest) {
    return hashing_profile(name, digest, threshold_of(digest));
  };
  const SignCertificatePolicy sign{leaf_policy(), "ecdsa-with-SHA256"};
  auto policies = std::make_shared<PolicySnapshot>();

  ProfilePolicy standard = hashing("Default", DigestId::kSha3_512);
  standard.sign_certificate = sign;
  policies->add(standard);

  ProfilePolicy outdated = hashing("Outdated", DigestId::kSha256);
  outdated.sign_certificate = sign;
  outdated.deprecation =
      Deprecation{"Default", "2026-01-01", "2027-01-01", "gr\u00f6\u00dfer ist sicherer"};
  policies->add(outdated);

  ProfilePolicy noted = hashing("Noted", DigestId::kShake256);
  noted.deprecation = Deprecation{std::nullopt, std::nullopt, std::nullopt, ""};
  policies->add(noted);

  policies->add(hashing("Gr\u00f6\u00dfe", DigestId::kSha512_256));

  ProfilePolicy sign_only;
  sign_only.name = "SignOnly";
  sign_only.sign_certificate = sign;
  policies->add(sign_only);
  return policies;
}

std::unique_ptr<BrokerService> make_service(std::shared_ptr<const PolicySnapshot> policies,
                                            CaCache* ca_cache, std::int64_t now) {
  BrokerService::Options options;
  options.context = &context();
  options.ca_cache = ca_cache;
  options.now = [now] { return now; };
  options.services = {"CryptoBroker.CryptoGrpc", "grpc.health.v1.Health"};
  auto service = std::make_unique<BrokerService>(std::move(options));
  service->install_policies(std::move(policies));
  service->set_serving(ServingState::kServing);
  return service;
}

const NativeMethod& method_of(const BrokerService& service, std::string_view path) {
  for (const auto& method : service.methods()) {
    if (method->path() == path) {
      return *method;
    }
  }
  std::fprintf(stderr, "no method %.*s\n", static_cast<int>(path.size()), path.data());
  std::exit(1);
}

std::string Called::outcome() const {
  if (!answer.failure) {
    return "ok";
  }
  const CallFailure& failure = *answer.failure;
  return std::to_string(static_cast<int>(failure.status)) + " " + std::string(failure.code) + " " +
         failure.details;
}

Called call(const NativeMethod& method, ByteVector request) {
  Called called;
  // The bytes end where the allocation does, for the sanitizer's sake.
  request.shrink_to_fit();
  if (const auto work = method.begin(request, called.answer)) {
    called.left_thread = true;
    work->run(called.answer);
  }
  return called;
}

}  // namespace cryptobroker::testing
