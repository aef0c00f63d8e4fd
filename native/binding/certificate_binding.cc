// Certificate policies and issuing.
#include <memory>
#include <utility>
#include <vector>

#include "native/binding/certificate_arguments.h"
#include "native/binding/core_access.h"
#include "native/binding/environment.h"
#include "native/binding/exports.h"
#include "native/binding/promise_job.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/x509_issue.h"

namespace cryptobroker {
namespace {

napi_value compile_policy(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  CertificatePolicy policy = read_policy(reader, reader.object(info[0], "policy"));
  return reader.failed() ? reader.raise() : make_policy_handle(info.Env(), std::move(policy));
}

class IssueJob final : public ComputationJob<std::vector<std::uint8_t>> {
 public:
  IssueJob(Napi::Env env, ProcessCore& core, SharedPolicy policy, OwnedCertificateRequest request)
      : ComputationJob(env),
        core_(core),
        policy_(std::move(policy)),
        request_(std::move(request)) {}

 protected:
  Result<std::vector<std::uint8_t>> compute() override {
    auto certificate =
        issue_certificate(core_.context(), *policy_, request_.view(), core_.ca_cache());
    // Here and not with the job, which waits for JavaScript to be done with whatever it is doing.
    request_.ca_key.wipe();
    return certificate;
  }
  napi_value to_js(Napi::Env env, const std::vector<std::uint8_t>& certificate) const override {
    return to_js_bytes(env, certificate);
  }

 private:
  ProcessCore& core_;
  const SharedPolicy policy_;
  OwnedCertificateRequest request_;
};

napi_value issue(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  ProcessCore* core = attached_core(reader);
  SharedPolicy policy = read_policy_handle(reader, info[0]);
  OwnedCertificateRequest request =
      read_certificate_request(reader, reader.object(info[1], "request"));
  if (reader.failed()) {
    return reader.raise();
  }
  return Environment::of(info.Env())
      .submit(info.Env(),
              std::make_unique<IssueJob>(info.Env(), *core, std::move(policy), std::move(request)));
}

}  // namespace

void export_certificates(Napi::Object exports) {
  export_function<compile_policy>(exports, "compilePolicy");
  export_function<issue>(exports, "issueCertificate");
}

}  // namespace cryptobroker
