// The whole issuing of a certificate, with any policy, any words of the request, and documents that
// are good, damaged or anything at all. Whatever is issued must be a certificate that OpenSSL
// reads.
#include <fuzzer/FuzzedDataProvider.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "native/crypto/openssl_ptr.h"
#include "native/crypto/x509_issue.h"
#include "native/fuzz/fuzz_context.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

std::string fixture(const char* name) {
  std::ifstream file(std::string(FUZZ_FIXTURE_DIRECTORY) + "/" + name, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  require(!content.empty(), "the fixtures are there");
  return content;
}

// The fixture, the fixture with a few bytes changed, or any bytes.
std::string document(FuzzedDataProvider& input, const std::string& good) {
  switch (input.ConsumeIntegralInRange(0, 3)) {
    case 0:
      return input.ConsumeRandomLengthString(4096);
    case 1: {
      std::string changed = good;
      for (int i = input.ConsumeIntegralInRange(1, 4); i > 0; --i) {
        changed[input.ConsumeIntegralInRange<std::size_t>(0, changed.size() - 1)] =
            input.ConsumeIntegral<char>();
      }
      return changed;
    }
    default:
      return good;
  }
}

KeyConstraints constraints(FuzzedDataProvider& input) {
  const auto bits = [&] { return input.ConsumeIntegralInRange(0, 9000); };
  return input.ConsumeBool() ? KeyConstraints{{2048, 4096}, {256, 521}}
                             : KeyConstraints{{bits(), bits()}, {bits(), bits()}};
}

CertificatePolicy policy(FuzzedDataProvider& input) {
  CertificatePolicy made;
  made.signature_key =
      input.ConsumeIntegralInRange(0, 7) == 0 ? KeyAlgorithm::kRsa : KeyAlgorithm::kEcdsa;
  made.signature_digest = static_cast<SignatureDigest>(input.ConsumeIntegralInRange(0, 2));
  made.not_before_offset = input.ConsumeBool() ? -3600 : input.ConsumeIntegral<std::int64_t>();
  made.not_after_offset = input.ConsumeBool() ? 31536000 : input.ConsumeIntegral<std::int64_t>();
  made.subject_key = constraints(input);
  made.issuer_key = constraints(input);
  made.key_usage = input.ConsumeIntegralInRange<std::uint16_t>(0, 0x3ff);
  for (int i = input.ConsumeIntegralInRange(0, 6); i > 0; --i) {
    made.extended_key_usage.push_back(input.ConsumeIntegralInRange<std::uint8_t>(0, 6));
  }
  made.ca = input.ConsumeBool();
  made.path_length = input.ConsumeIntegralInRange(-2, 256);
  made.ski_digest = static_cast<SkiDigest>(input.ConsumeIntegralInRange(0, 6));
  return made;
}

std::optional<std::uint64_t> requested_time(FuzzedDataProvider& input) {
  if (input.ConsumeBool()) {
    return std::nullopt;
  }
  return input.ConsumeBool() ? input.ConsumeIntegral<std::uint64_t>()
                             : 1'800'000'000 + input.ConsumeIntegral<std::uint32_t>() % 31536000;
}

void check_issued(const std::vector<std::uint8_t>& der) {
  const unsigned char* at = der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  require(certificate != nullptr && at == der.data() + der.size(), "OpenSSL reads what was issued");
  require(X509_get_version(certificate.get()) == X509_VERSION_3, "certificates have version 3");
  require(ASN1_STRING_length(X509_get0_serialNumber(certificate.get())) == 20,
          "serial numbers have 20 octets");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string good_csr = fixture("csr.pem");
  static const std::string good_key = fixture("ca.key.pem");
  static const std::string good_certificate = fixture("ca.pem");
  static CaCache cache(2, std::chrono::seconds(1));

  FuzzedDataProvider input(data, size);
  const CertificatePolicy profile = policy(input);
  const std::string csr = document(input, good_csr);
  const std::string key = document(input, good_key);
  const std::string certificate = document(input, good_certificate);
  const std::string subject = input.ConsumeRandomLengthString(1100);
  std::vector<std::string> addresses(input.ConsumeIntegralInRange<std::size_t>(0, 17));
  std::ranges::generate(addresses, [&] { return input.ConsumeRandomLengthString(100); });
  const auto bytes = [](const std::string& text) {
    return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };

  CertificateRequest request;
  request.csr = bytes(csr);
  request.ca_key = bytes(key);
  request.ca_certificate = bytes(certificate);
  request.now = input.ConsumeBool() ? 1'800'000'000 : input.ConsumeIntegral<std::int64_t>();
  request.not_before = requested_time(input);
  request.not_after = requested_time(input);
  if (input.ConsumeBool()) {
    request.subject = subject;
  }
  request.crl_distribution_points.assign(addresses.begin(), addresses.end());
  request.format = CertificateFormat::kDer;

  const auto issued = issue_certificate(fuzzing::context(), profile, request,
                                        input.ConsumeBool() ? &cache : nullptr);
  if (issued) {
    check_issued(issued.value());
  } else {
    require(issued.error().code != ErrorCode::INTERNAL, "no input causes an internal error");
  }
  ERR_clear_error();
  return 0;
}
