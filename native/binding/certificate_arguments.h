// Certificate policies and requests from JavaScript, copied so that nothing of them stays in
// JavaScript's memory.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/binding/values.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/x509_issue.h"

namespace cryptobroker {

// What a policy handle holds: jobs share it with the handle, which may be collected while they run.
using SharedPolicy = std::shared_ptr<const CertificatePolicy>;

CertificatePolicy read_policy(ValueReader& reader, napi_value object);
// nullptr, and a failed reader, when `value` is no policy handle.
SharedPolicy read_policy_handle(ValueReader& reader, napi_value value);
Napi::Value make_policy_handle(Napi::Env env, CertificatePolicy policy);

// A request that owns what it is made of.
struct OwnedCertificateRequest {
  std::vector<std::uint8_t> csr;
  SecretBytes ca_key;
  std::vector<std::uint8_t> ca_certificate;
  std::int64_t now = 0;
  std::optional<std::uint64_t> not_before;
  std::optional<std::uint64_t> not_after;
  std::optional<std::string> subject;
  std::vector<std::string> crl_distribution_points;
  CertificateFormat format = CertificateFormat::kPem;

  // Valid as long as this is.
  CertificateRequest view() const;
};

OwnedCertificateRequest read_certificate_request(ValueReader& reader, napi_value object);

}  // namespace cryptobroker
