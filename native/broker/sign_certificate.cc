#include "native/broker/sign_certificate.h"

#include <openssl/crypto.h>

#include <string>
#include <utility>

#include "native/broker/call_failure.h"
#include "native/broker/crl_url.h"
#include "native/broker/open_call.h"
#include "native/broker/validation.h"

namespace cryptobroker {
namespace {

Checked check_document(std::string_view field, Bytes document) {
  if (auto refused = check_required(field, document.size())) {
    return refused;
  }
  return check_size(field, document.size(), FieldLimits::kPem);
}

Checked check_crl_distribution_points(const std::vector<std::string_view>& urls) {
  const std::string field = "crlDistributionPoints";
  if (auto refused = check_count(field, urls.size(), FieldLimits::kCrlDistributionPoints)) {
    return refused;
  }
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const std::string entry = field + "[" + std::to_string(i) + "]";
    if (auto refused = check_size(entry, urls[i].size(), FieldLimits::kCrlDistributionPoint)) {
      return refused;
    }
    if (!is_crl_url(urls[i])) {
      return refuse(StableCode::FIELD_NOT_URL, entry, "is not valid URL");
    }
  }
  return {};
}

Checked check_request(const SignCertificateRequest& request) {
  if (auto refused = check_profile_name(request.profile)) {
    return refused;
  }
  if (auto refused = check_metadata(request.metadata)) {
    return refused;
  }
  if (auto refused = check_document("csr", request.csr)) {
    return refused;
  }
  if (auto refused = check_document("caPrivateKey", request.ca_private_key)) {
    return refused;
  }
  if (auto refused = check_document("caCert", request.ca_cert)) {
    return refused;
  }
  if (auto refused = check_size("subject", request.subject.size(), FieldLimits::kSubject)) {
    return refused;
  }
  return check_crl_distribution_points(request.crl_distribution_points);
}

// Issuing, for a thread of the pool. Holds the one copy of the request there is.
class SignWork final : public CallWork {
 public:
  // `request` is made of views of `message`, whose bytes stay where they are when it is moved.
  SignWork(const SignCertificateWire& wire, const ServiceState& state,
           std::vector<std::uint8_t> message, SignCertificateRequest request,
           std::shared_ptr<const CompiledPolicies> policies, const CompiledProfile& profile)
      : wire_(wire),
        state_(state),
        message_(std::move(message)),
        request_(std::move(request)),
        policies_(std::move(policies)),
        profile_(profile) {}

  // Also when it never ran: the key goes with the request.
  ~SignWork() override { wipe(); }

  void run(Answer& answer) override {
    issue(answer);
    wipe();
  }

 private:
  void issue(Answer& answer) const {
    const auto issued =
        issue_certificate(state_.context, *profile_.policy->sign_certificate->certificate,
                          certificate_request(), state_.ca_cache);
    if (!issued) {
      answer.failure = failure_of(state_.context, issued.error());
      return;
    }
    wire_.encode({issued.value(), request_.format, request_.metadata, profile_}, answer.framed);
    if (answer.facts.span) {
      answer.facts.span->set(SpanSize::kSignedCert, issued.value().size());
    }
  }

  void wipe() { OPENSSL_cleanse(message_.data(), message_.size()); }

  CertificateRequest certificate_request() const {
    CertificateRequest request;
    request.csr = request_.csr;
    request.ca_key = request_.ca_private_key;
    request.ca_certificate = request_.ca_cert;
    request.now = state_.now();
    request.not_before = request_.not_before;
    request.not_after = request_.not_after;
    if (!request_.subject.empty()) {
      request.subject = request_.subject;
    }
    request.crl_distribution_points = request_.crl_distribution_points;
    request.format = request_.format;
    return request;
  }

  const SignCertificateWire& wire_;
  const ServiceState& state_;
  std::vector<std::uint8_t> message_;
  const SignCertificateRequest request_;
  const std::shared_ptr<const CompiledPolicies> policies_;
  const CompiledProfile& profile_;
};

constexpr CallRules<SignCertificateRequest> kRules{
    "SignCertificate", check_request,
    [](const SignCertificateRequest& request, SpanFacts& span) {
      span.set(SpanSize::kCsr, request.csr.size());
      span.set(SpanSize::kCaCert, request.ca_cert.size());
      span.set(SpanSize::kCaKey, request.ca_private_key.size());
    },
    [](const ProfilePolicy& policy) { return policy.sign_certificate.has_value(); }};

class SignCertificate final : public NativeMethod {
 public:
  SignCertificate(const SignCertificateWire& wire, const ServiceState& state)
      : wire_(wire), state_(state) {}

  std::string_view path() const override { return wire_.path; }
  bool secret() const override { return true; }

  std::unique_ptr<CallWork> begin(std::vector<std::uint8_t>& message,
                                  Answer& answer) const override {
    SignCertificateRequest request;
    auto opened = open_call(wire_, kRules, state_, message, request, answer);
    if (!opened) {
      return nullptr;
    }
    return std::make_unique<SignWork>(wire_, state_, std::move(message), std::move(request),
                                      std::move(opened->policies), *opened->profile);
  }

 private:
  const SignCertificateWire& wire_;
  const ServiceState& state_;
};

}  // namespace

std::unique_ptr<NativeMethod> make_sign_certificate(const SignCertificateWire& wire,
                                                    const ServiceState& state) {
  return std::make_unique<SignCertificate>(wire, state);
}

}  // namespace cryptobroker
