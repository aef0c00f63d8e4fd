// SignCertificate: issues a certificate by the rules of the profile. The operation is in no
// particular generation of the wire; a generation is a SignCertificateWire, one row of
// sign_certificate_wire.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "native/broker/compiled_policies.h"
#include "native/broker/native_method.h"
#include "native/broker/request_metadata.h"
#include "native/broker/service_state.h"
#include "native/broker/wire_reader.h"
#include "native/crypto/bytes.h"
#include "native/crypto/x509_issue.h"

namespace cryptobroker {

// Views of the request message, which holds a private key.
struct SignCertificateRequest {
  std::string_view profile;
  Bytes csr;
  Bytes ca_private_key;
  Bytes ca_cert;
  std::optional<RequestMetadata> metadata;
  // Seconds since 1970; absent: the profile's.
  std::optional<std::uint64_t> not_before;
  std::optional<std::uint64_t> not_after;
  // Empty: the CSR's.
  std::string_view subject;
  std::vector<std::string_view> crl_distribution_points;
  CertificateFormat format = CertificateFormat::kDer;
};

struct SignCertificateResult {
  Bytes certificate;
  CertificateFormat format;
  const std::optional<RequestMetadata>& metadata;
  const CompiledProfile& profile;
};

// How one generation of the wire spells the method.
struct SignCertificateWire {
  // `/package.Service/Method`
  std::string_view path;
  // Reads a whole request; what is wrong with it is noted in the reader's WireCheck.
  void (*decode)(WireReader reader, SignCertificateRequest& request);
  // Appends a response.
  void (*encode)(const SignCertificateResult& result, std::vector<std::uint8_t>& out);
};

// `wire` and `state` outlive the method.
std::unique_ptr<NativeMethod> make_sign_certificate(const SignCertificateWire& wire,
                                                    const ServiceState& state);

}  // namespace cryptobroker
