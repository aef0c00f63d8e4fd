#include "native/binding/certificate_arguments.h"

#include <array>
#include <utility>

#include "native/binding/handle.h"

namespace cryptobroker {

template <>
struct HandleTag<SharedPolicy> {
  static constexpr napi_type_tag value{0xc1c7d0b52ac94f36, 0x83e64d1f7a905b2c};
};

namespace {

// As large as a whole request message may be.
constexpr std::size_t kMaxPart = 2 * 1024 * 1024;
constexpr std::size_t kMaxText = 8192;
constexpr std::size_t kMaxCrlDistributionPoints = 64;
constexpr int kMaxKeyBits = 65536;
constexpr int kExtendedKeyUsages = 6;

KeySizeRange read_range(ValueReader& reader, napi_value object, const char* name) {
  const std::vector<napi_value> bounds = reader.array(reader.property(object, name), name, 2);
  if (!reader.failed() && bounds.size() != 2) {
    reader.fail(name, "not a pair of bounds");
  }
  if (reader.failed()) {
    return {};
  }
  KeySizeRange range;
  range.min = static_cast<int>(reader.integer(bounds[0], name, 0, kMaxKeyBits));
  range.max = static_cast<int>(reader.integer(bounds[1], name, range.min, kMaxKeyBits));
  return range;
}

std::vector<std::uint8_t> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// A property's bytes; to be copied before the next property is read, whose getter may detach them.
Bytes part(ValueReader& reader, napi_value object, const char* name) {
  const Bytes bytes = reader.bytes(reader.property(object, name), name);
  if (bytes.size() > kMaxPart) {
    reader.fail(name, "longer than 2 MiB");
    return {};
  }
  return bytes;
}

}  // namespace

CertificatePolicy read_policy(ValueReader& reader, napi_value object) {
  const auto integer = [&](const char* name, std::int64_t min, std::int64_t max) {
    return reader.integer(reader.property(object, name), name, min, max);
  };
  CertificatePolicy policy;
  policy.signature_key = static_cast<KeyAlgorithm>(integer("signatureKey", 0, 1));
  policy.signature_digest = static_cast<SignatureDigest>(integer("signatureDigest", 0, 2));
  policy.not_before_offset = integer("notBeforeOffset", -kMaxSafeInteger, kMaxSafeInteger);
  policy.not_after_offset = integer("notAfterOffset", -kMaxSafeInteger, kMaxSafeInteger);
  policy.subject_key = {read_range(reader, object, "subjectRsa"),
                        read_range(reader, object, "subjectEc")};
  policy.issuer_key = {read_range(reader, object, "issuerRsa"),
                       read_range(reader, object, "issuerEc")};
  policy.key_usage = static_cast<std::uint16_t>(integer("keyUsage", 0, 0x1ff));
  const char* purposes = "extendedKeyUsage";
  for (const napi_value id :
       reader.array(reader.property(object, purposes), purposes, kExtendedKeyUsages)) {
    policy.extended_key_usage.push_back(
        static_cast<std::uint8_t>(reader.integer(id, purposes, 0, kExtendedKeyUsages - 1)));
  }
  policy.ca = reader.boolean(reader.property(object, "ca"), "ca");
  policy.path_length = static_cast<int>(integer("pathLength", -1, 255));
  policy.ski_digest = static_cast<SkiDigest>(integer("skiDigest", 0, 6));
  return policy;
}

SharedPolicy read_policy_handle(ValueReader& reader, napi_value value) {
  const auto* policy = read_handle<SharedPolicy>(reader, value, "policy");
  return policy == nullptr ? nullptr : *policy;
}

Napi::Value make_policy_handle(Napi::Env env, CertificatePolicy policy) {
  auto shared = std::make_shared<const CertificatePolicy>(std::move(policy));
  return make_handle(env, std::make_unique<SharedPolicy>(std::move(shared)));
}

OwnedCertificateRequest read_certificate_request(ValueReader& reader, napi_value object) {
  OwnedCertificateRequest request;
  request.csr = copy_of(part(reader, object, "csr"));
  request.ca_key = SecretBytes::copy_of(part(reader, object, "caKey"));
  request.ca_certificate = copy_of(part(reader, object, "caCertificate"));
  request.now =
      reader.integer(reader.property(object, "now"), "now", -kMaxSafeInteger, kMaxSafeInteger);
  request.not_before = reader.optional_unsigned(reader.property(object, "notBefore"), "notBefore");
  request.not_after = reader.optional_unsigned(reader.property(object, "notAfter"), "notAfter");
  request.subject = reader.optional_text(reader.property(object, "subject"), "subject", kMaxText);
  const char* points = "crlDistributionPoints";
  for (const napi_value point :
       reader.array(reader.property(object, points), points, kMaxCrlDistributionPoints)) {
    request.crl_distribution_points.push_back(reader.text(point, points, kMaxText));
  }
  const bool pem = reader.boolean(reader.property(object, "pem"), "pem");
  request.format = pem ? CertificateFormat::kPem : CertificateFormat::kDer;
  return request;
}

CertificateRequest OwnedCertificateRequest::view() const {
  CertificateRequest request;
  request.csr = csr;
  request.ca_key = ca_key.view();
  request.ca_certificate = ca_certificate;
  request.now = now;
  request.not_before = not_before;
  request.not_after = not_after;
  request.subject = subject;
  request.crl_distribution_points.assign(crl_distribution_points.begin(),
                                         crl_distribution_points.end());
  request.format = format;
  return request;
}

}  // namespace cryptobroker
