// Our TBSCertificates are those of Go's crypto/x509, byte for byte: see golden/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "native/crypto/der_reader.h"
#include "native/crypto/x509_issue.h"
#include "native/test/support/context.h"
#include "native/test/support/pki.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kYear = 8760 * 3600;

struct Golden {
  ByteVector csr, ca_key, ca_certificate, tbs;
};

const std::map<std::string, Golden>& golden_cases() {
  static const auto cases = [] {
    std::map<std::string, Golden> read;
    std::istringstream lines(read_text_file(TEST_DATA_DIRECTORY "/golden/certificates.txt"));
    std::string title;
    for (std::string key, value; lines >> key >> value;) {
      if (key == "case") {
        title = value;
      } else if (key == "csr") {
        read[title].csr = from_hex(value);
      } else if (key == "caKey") {
        read[title].ca_key = from_hex(value);
      } else if (key == "caCert") {
        read[title].ca_certificate = from_hex(value);
      } else if (key == "tbs") {
        read[title].tbs = from_hex(value);
      }
    }
    return read;
  }();
  return cases;
}

constexpr KeyConstraints kAnyKey = {{2048, 4096}, {256, 521}};

CertificatePolicy policy(KeyAlgorithm key, SignatureDigest digest) {
  CertificatePolicy made;
  made.signature_key = key;
  made.signature_digest = digest;
  made.not_after_offset = kYear;
  made.subject_key = kAnyKey;
  made.issuer_key = kAnyKey;
  return made;
}

// TBSCertificate of a certificate, with the serial number of the golden ones.
ByteVector comparable_tbs(Bytes certificate) {
  bool malformed = false;
  DerReader input(certificate, malformed);
  DerReader fields = input.enter(kSequence);
  const Bytes encoding = fields.read(kSequence).encoding;
  DerReader tbs_input(encoding, malformed);
  DerReader tbs = tbs_input.enter(kSequence);
  tbs.enter(context_constructed(0));
  const Bytes serial = tbs.read(kInteger).content;
  EXPECT_FALSE(malformed);
  EXPECT_EQ(serial.size(), 20u);
  ByteVector comparable(encoding.begin(), encoding.end());
  for (std::size_t i = 0; i < serial.size(); ++i) {
    comparable[static_cast<std::size_t>(serial.data() - encoding.data()) + i] =
        static_cast<std::uint8_t>(i + 1);
  }
  return comparable;
}

void expect_golden(const std::string& title, const CertificatePolicy& policy,
                   CertificateRequest request = {}) {
  ASSERT_TRUE(golden_cases().contains(title));
  const Golden& golden = golden_cases().at(title);
  request.csr = golden.csr;
  request.ca_key = golden.ca_key;
  request.ca_certificate = golden.ca_certificate;
  request.now = request.now == 0 ? kNow : request.now;
  request.format = CertificateFormat::kDer;
  const auto issued = issue_certificate(context(), policy, request, nullptr);
  ASSERT_TRUE(issued) << outcome(issued);
  EXPECT_EQ(hex_of(comparable_tbs(issued.value())), hex_of(golden.tbs));
}

TEST(GoldenCertificates, AreAllTested) { EXPECT_EQ(golden_cases().size(), 6u); }

TEST(GoldenCertificates, EndEntity) {
  CertificatePolicy p = policy(KeyAlgorithm::kEcdsa, SignatureDigest::kSha512);
  p.key_usage = 1 << 0 | 1 << 2;
  p.extended_key_usage = {1};
  CertificateRequest request;
  request.crl_distribution_points = {"http://crl.example/a.crl", "https://crl.example/b?c=d#e"};
  expect_golden("end-entity", p, request);
}

TEST(GoldenCertificates, IntermediateCaWithPathLength0) {
  CertificatePolicy p = policy(KeyAlgorithm::kRsa, SignatureDigest::kSha256);
  p.key_usage = 1 << 5 | 1 << 6;
  p.ca = true;
  p.path_length = 0;
  CertificateRequest request;
  request.crl_distribution_points = {"http://crl.example/a.crl"};
  expect_golden("intermediate-ca-path-length-0", p, request);
}

TEST(GoldenCertificates, IntermediateCaWithoutPathLength) {
  CertificatePolicy p = policy(KeyAlgorithm::kEcdsa, SignatureDigest::kSha384);
  p.key_usage = 1 << 5;
  p.extended_key_usage = {0};
  p.ca = true;
  p.ski_digest = SkiDigest::kSha256;
  expect_golden("intermediate-ca-without-path-length", p);
}

TEST(GoldenCertificates, IssuerWithoutKeyIdentifier) {
  CertificatePolicy p = policy(KeyAlgorithm::kEcdsa, SignatureDigest::kSha256);
  p.ski_digest = SkiDigest::kSha3_512;
  expect_golden("issuer-without-key-identifier", p);
}

TEST(GoldenCertificates, SubjectEqualToIssuer) {
  CertificatePolicy p = policy(KeyAlgorithm::kEcdsa, SignatureDigest::kSha384);
  p.key_usage = 1 << 4 | 1 << 8;
  expect_golden("subject-equal-to-issuer", p);
}

TEST(GoldenCertificates, WrittenSubjectBeyond2049) {
  CertificatePolicy p = policy(KeyAlgorithm::kRsa, SignatureDigest::kSha512);
  p.key_usage = 1 << 7;
  p.extended_key_usage = {5, 0, 1, 2, 3, 4};
  p.not_after_offset = 1;
  CertificateRequest request;
  request.now = 2524607999;
  request.subject =
      "C=DE, O=Test Org, OU=Dev, OU=M\xc3\xbcller*, L=test@place, ST=a=b, CN=, OU=Dev";
  expect_golden("written-subject-beyond-2049", p, request);
}

}  // namespace
}  // namespace cryptobroker::testing
