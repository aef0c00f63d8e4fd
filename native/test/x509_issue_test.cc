#include "native/crypto/x509_issue.h"

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "native/crypto/der_writer.h"
#include "native/crypto/oids.h"
#include "native/crypto/private_key.h"
#include "native/test/support/context.h"
#include "native/test/support/pki.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

// A request and the documents it points to, each of which can be replaced.
struct Issue {
  std::string csr = cryptobroker::testing::csr(key("P-256"));
  std::string ca_key = private_key(key("P-384"));
  std::string ca_certificate = cryptobroker::testing::ca_certificate(key("P-384"));
  CertificateRequest request = at(kNow);
  CertificatePolicy policy = end_entity_policy();
  CaCache* cache = nullptr;
  IssueStages* stages = nullptr;

  static CertificateRequest at(std::int64_t now) {
    CertificateRequest made;
    made.now = now;
    return made;
  }
  static CertificatePolicy end_entity_policy() {
    CertificatePolicy made;
    made.signature_digest = SignatureDigest::kSha384;
    made.not_before_offset = -3600;
    made.not_after_offset = 8760 * 3600;
    made.subject_key = {{2048, 4096}, {256, 521}};
    made.issuer_key = made.subject_key;
    made.key_usage = 5;
    made.extended_key_usage = {1};
    return made;
  }

  Issue& with_ca(EVP_PKEY* key) {
    ca_key = private_key(key);
    ca_certificate = cryptobroker::testing::ca_certificate(key);
    policy.signature_key =
        EVP_PKEY_is_a(key, "RSA") == 1 ? KeyAlgorithm::kRsa : KeyAlgorithm::kEcdsa;
    return *this;
  }

  Result<ByteVector> run() const {
    CertificateRequest complete = request;
    complete.csr = bytes_of(csr);
    complete.ca_key = bytes_of(ca_key);
    complete.ca_certificate = bytes_of(ca_certificate);
    return issue_certificate(context(), policy, complete, cache, stages);
  }
};

// `ok`, or the failure.
std::string result(const Issue& issue) { return outcome(issue.run()); }

bool is_signed_by(X509* certificate, EVP_PKEY* ca) { return X509_verify(certificate, ca) == 1; }

// An ECDSA signature may be of any length; whoever reads the certificate must still find all of it.
TEST(IssueCertificate, IssuesWhatOpenSslReadsAndVerifiesForEveryPairOfKeys) {
  for (const char* issuer : {"P-256", "P-384", "P-521", "RSA-2048"}) {
    for (const char* subject : {"P-256", "P-384", "P-521", "RSA-2048"}) {
      for (const auto digest :
           {SignatureDigest::kSha256, SignatureDigest::kSha384, SignatureDigest::kSha512}) {
        Issue issue;
        issue.with_ca(key(issuer)).csr = csr(key(subject));
        issue.policy.signature_digest = digest;
        const auto issued = issue.run();
        ASSERT_TRUE(issued) << outcome(issued);
        const X509Ptr certificate = parse_certificate(issued.value());
        ASSERT_NE(certificate, nullptr);
        EXPECT_TRUE(is_signed_by(certificate.get(), key(issuer))) << issuer << " " << subject;
        EXPECT_EQ(EVP_PKEY_eq(X509_get0_pubkey(certificate.get()), key(subject)), 1);
        EXPECT_EQ(X509_get_version(certificate.get()), X509_VERSION_3);
      }
    }
  }
}

TEST(IssueCertificate, PassesThePathValidationOfOpenSsl) {
  Issue issue;
  issue.policy.extended_key_usage = {0, 1};
  const auto issued = issue.run();
  ASSERT_TRUE(issued) << outcome(issued);
  const X509Ptr leaf = parse_certificate(issued.value());
  const X509Ptr ca = parse_certificate(bytes_of(issue.ca_certificate));
  const OpensslPtr<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  ASSERT_EQ(X509_STORE_add_cert(store.get(), ca.get()), 1);
  const OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free> path(
      X509_STORE_CTX_new_ex(workshop(), nullptr));
  ASSERT_EQ(X509_STORE_CTX_init(path.get(), store.get(), leaf.get(), nullptr), 1);
  X509_STORE_CTX_set_time(path.get(), 0, kNow);
  X509_STORE_CTX_set_flags(path.get(), X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  ASSERT_EQ(X509_STORE_CTX_set_purpose(path.get(), X509_PURPOSE_SSL_CLIENT), 1);
  EXPECT_EQ(X509_verify_cert(path.get()), 1)
      << X509_verify_cert_error_string(X509_STORE_CTX_get_error(path.get()));
}

TEST(IssueCertificate, TellsTheTimeOfEachStageOfWhatItIssued) {
  IssueStages stages{};
  Issue issue;
  issue.stages = &stages;
  ASSERT_EQ(result(issue), "ok");
  for (std::size_t i = 0; i < kIssueStages; ++i) {
    EXPECT_GT(stages[i], 0) << kIssueStageNames[i];
  }
  const IssueStages before = stages;
  issue.csr = csr(key("P-256")) + "x";
  issue.ca_key = "not a key";
  EXPECT_NE(result(issue), "ok");
  EXPECT_EQ(stages, before);
}

TEST(IssueCertificate, GivesTheSameCertificateFieldsInPemAndDer) {
  Issue issue;
  const auto pem_issued = issue.run();
  issue.request.format = CertificateFormat::kDer;
  const auto der_issued = issue.run();
  ASSERT_TRUE(pem_issued && der_issued);
  EXPECT_EQ(text_of(pem_issued.value()).substr(0, 28), "-----BEGIN CERTIFICATE-----\n");
  const X509Ptr from_pem = parse_certificate(pem_issued.value());
  const X509Ptr from_der = parse_certificate(der_issued.value());
  ASSERT_TRUE(from_pem != nullptr && from_der != nullptr);
  EXPECT_EQ(
      X509_NAME_cmp(X509_get_subject_name(from_pem.get()), X509_get_subject_name(from_der.get())),
      0);
}

TEST(IssueCertificate, TakesDocumentsInDer) {
  Issue issue;
  issue.csr = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  issue.ca_key = private_key(key("P-384"), KeyFormat::kTraditional, Encoding::kDer);
  issue.ca_certificate = ca_certificate(key("P-384"), "CN=CA", true, Encoding::kDer);
  EXPECT_EQ(result(issue), "ok");
}

TEST(IssueCertificate, GivesEverySerialNumber20OctetsAndNoneTwice) {
  Issue issue;
  std::set<ByteVector> seen;
  for (int i = 0; i < 300; ++i) {
    const auto issued = issue.run();
    ASSERT_TRUE(issued) << outcome(issued);
    const X509Ptr certificate = parse_certificate(issued.value());
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
    ASSERT_EQ(ASN1_STRING_length(serial), 20);
    const unsigned char* octets = ASN1_STRING_get0_data(serial);
    EXPECT_TRUE(octets[0] >= 0x01 && octets[0] <= 0x7f);
    EXPECT_TRUE(seen.insert(ByteVector(octets, octets + 20)).second);
  }
}

TEST(IssueCertificate, UsesTheSubjectOfTheRequestIfThereIsOne) {
  const auto subject_of = [](Issue issue) {
    const auto issued = issue.run();
    EXPECT_TRUE(issued) << outcome(issued);
    const X509Ptr certificate = parse_certificate(issued.value());
    const BioPtr out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate.get()), 0,
                       XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return std::string(text, static_cast<std::size_t>(length));
  };
  Issue issue;
  EXPECT_EQ(subject_of(issue), "CN=leaf");
  issue.request.subject = "C=DE, OU=Dev, CN=other";
  EXPECT_EQ(subject_of(issue), "C=DE,OU=Dev,CN=other");
  issue.request.subject = "";
  EXPECT_EQ(subject_of(issue), "CN=leaf") << "an empty text is none";
}

TEST(IssueCertificate, MakesTheKeyIdentifierWithTheDigestOfThePolicy) {
  Issue issue;
  std::set<std::string> identifiers;
  for (int digest = 0; digest < 7; ++digest) {
    issue.policy.ski_digest = static_cast<SkiDigest>(digest);
    const auto issued = issue.run();
    ASSERT_TRUE(issued) << outcome(issued);
    const X509Ptr certificate = parse_certificate(issued.value());
    const ASN1_OCTET_STRING* identifier = X509_get0_subject_key_id(certificate.get());
    ASSERT_NE(identifier, nullptr);
    EXPECT_EQ(ASN1_STRING_length(identifier), 20);
    identifiers.insert(hex_of({ASN1_STRING_get0_data(identifier), 20}));
  }
  EXPECT_EQ(identifiers.size(), 7u);
}

TEST(IssueCertificate, RefusesKeysOutsideThePolicy) {
  Issue issue;
  issue.csr = csr(key("RSA-1024"));
  EXPECT_EQ(result(issue),
            "SUBJECT_KEY_NOT_ALLOWED csr: RSA key of 1024 bits is outside the 2048 to 4096 bits "
            "the profile allows");
  issue.policy.subject_key.rsa = {};
  EXPECT_EQ(result(issue),
            "SUBJECT_KEY_NOT_ALLOWED csr: the profile allows no RSA keys for the subject");
  issue = {};
  issue.policy.subject_key.ec = {384, 521};
  EXPECT_EQ(result(issue),
            "SUBJECT_KEY_NOT_ALLOWED csr: ECDSA key of 256 bits is outside the 384 to 521 bits the "
            "profile allows");
  issue = {};
  issue.policy.issuer_key.ec = {256, 256};
  EXPECT_EQ(result(issue),
            "ISSUER_KEY_NOT_ALLOWED caPrivateKey: ECDSA key of 384 bits is outside the 256 to 256 "
            "bits the profile allows");
  issue.policy.issuer_key.ec = {};
  EXPECT_EQ(result(issue),
            "ISSUER_KEY_NOT_ALLOWED caPrivateKey: the profile allows no ECDSA keys for the issuer");
}

TEST(IssueCertificate, AcceptsKeysAtTheEdgesOfThePolicy) {
  Issue issue;
  issue.policy.subject_key.ec = {256, 256};
  issue.policy.issuer_key.ec = {384, 384};
  EXPECT_EQ(result(issue), "ok");
}

// A CSR for a key of any size, with a signature of zeros.
std::string unsigned_rsa_csr(std::size_t bits) {
  ByteVector modulus(bits / 8, 0xff);
  DerWriter key(4096);
  key.nested(kSequence, [&] {
    key.unsigned_integer(modulus);
    key.unsigned_integer(from_hex("010001"));
  });
  const ByteVector key_der = std::move(key).take();
  DerWriter out(8192);
  out.nested(kSequence, [&] {
    out.nested(kSequence, [&] {
      out.small_integer(0);
      out.raw(from_hex("3000"));
      out.nested(kSequence, [&] {
        out.nested(kSequence, [&] {
          out.element(kOid, oid::kRsaEncryption);
          out.raw(from_hex("0500"));
        });
        out.bit_string(key_der);
      });
    });
    out.raw(from_hex("300d 06092a864886f70d01010b 0500"));
    out.bit_string(ByteVector(bits / 8, 0));
  });
  return text_of(std::move(out).take());
}

TEST(IssueCertificate, RefusesRsaKeysThatAreTooLongBeforeItComputesWithThem) {
  Issue issue;
  issue.csr = unsigned_rsa_csr(15360);
  EXPECT_EQ(result(issue),
            "SUBJECT_KEY_NOT_ALLOWED csr: RSA key of 15360 bits is outside the 2048 to 4096 bits "
            "the profile allows");
  issue.policy.subject_key.rsa = {2048, 1 << 20};
  EXPECT_EQ(result(issue),
            "CSR_SIGNATURE_INVALID csr: the signature does not belong to the key in the CSR");
  issue.csr = unsigned_rsa_csr(240000);
  EXPECT_EQ(result(issue), "KEY_UNSUPPORTED csr: RSA key of 240000 bits is longer than 16384 bits");
  issue.csr = unsigned_rsa_csr(4096);
  EXPECT_EQ(result(issue),
            "CSR_SIGNATURE_INVALID csr: the signature does not belong to the key in the CSR");
}

TEST(IssueCertificate, RefusesToSignWithShortRsaKeysInFipsMode) {
  Issue issue;
  issue.with_ca(key("RSA-1024"));
  issue.policy.issuer_key.rsa = {1024, 4096};
  EXPECT_EQ(result(issue),
            "ISSUER_KEY_NOT_ALLOWED caPrivateKey: RSA key of 1024 bits is too short to sign with "
            "in FIPS mode");
}

TEST(IssueCertificate, RefusesACaOfTheOtherKind) {
  Issue issue;
  issue.with_ca(key("RSA-2048")).policy.signature_key = KeyAlgorithm::kEcdsa;
  EXPECT_EQ(result(issue),
            "SIGNATURE_ALGORITHM_MISMATCH caPrivateKey: the profile signs with ECDSA, but the CA "
            "key is an RSA key of 2048 bits");
}

TEST(IssueCertificate, RefusesAKeyThatDoesNotBelongToTheCertificate) {
  const std::string mismatch =
      "CA_KEY_MISMATCH caPrivateKey: the CA private key does not belong to the CA certificate";
  Issue issue;
  const PkeyPtr other = new_key("P-384");
  issue.ca_certificate = ca_certificate(other.get());
  EXPECT_EQ(result(issue), mismatch);
  issue.ca_certificate = ca_certificate(key("P-521"));
  EXPECT_EQ(result(issue), mismatch);
  issue.ca_certificate = ca_certificate(key("RSA-2048"));
  EXPECT_EQ(result(issue), mismatch);
}

// SEC1 with the private number of one key and the public point of another: the document claims to
// match.
std::string key_with_the_point_of(EVP_PKEY* private_part, EVP_PKEY* public_part) {
  const std::string mine = private_key(private_part, KeyFormat::kTraditional, Encoding::kDer);
  const std::string theirs = private_key(public_part, KeyFormat::kTraditional, Encoding::kDer);
  const auto mine_read = read_private_key(bytes_of(mine));
  const auto theirs_read = read_private_key(bytes_of(theirs));
  DerWriter out(256);
  out.nested(kSequence, [&] {
    out.small_integer(1);
    out.element(kOctetString, mine_read.value().ec.scalar);
    out.nested(context_constructed(0), [&] { out.element(kOid, oid::kP384); });
    out.nested(context_constructed(1), [&] { out.bit_string(theirs_read.value().ec.point); });
  });
  return text_of(std::move(out).take());
}

TEST(IssueCertificate, RefusesAKeyDocumentThatLiesAboutItsPublicHalf) {
  Issue issue;
  const PkeyPtr other = new_key("P-384");
  CaCache cache(4, std::chrono::seconds(60));
  issue.cache = &cache;
  issue.ca_key = key_with_the_point_of(other.get(), key("P-384"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        result(issue),
        "CA_KEY_MISMATCH caPrivateKey: the CA private key does not belong to the CA certificate");
  }
  EXPECT_EQ(cache.size(), 0u);
}

TEST(IssueCertificate, RefusesRsaNumbersThatCannotSign) {
  const std::string der = private_key(key("RSA-2048"), KeyFormat::kTraditional, Encoding::kDer);
  const auto read = read_private_key(bytes_of(der));
  const auto& rsa = read.value().rsa;
  ByteVector wrong(rsa.private_exponent.begin(), rsa.private_exponent.end());
  wrong[100] = static_cast<std::uint8_t>(wrong[100] ^ 1);
  ByteVector prime(rsa.prime1.begin(), rsa.prime1.end());
  prime[60] = static_cast<std::uint8_t>(prime[60] ^ 1);
  DerWriter out(2048);
  out.nested(kSequence, [&] {
    out.small_integer(0);
    for (const Bytes number : {rsa.modulus, rsa.exponent, Bytes(wrong), Bytes(prime), rsa.prime2,
                               rsa.exponent1, rsa.exponent2, rsa.coefficient}) {
      out.unsigned_integer(number);
    }
  });
  Issue issue;
  issue.with_ca(key("RSA-2048")).ca_key = text_of(std::move(out).take());
  const std::string failure = result(issue);
  EXPECT_TRUE(failure == "CA_KEY_MALFORMED caPrivateKey: the CA private key cannot sign" ||
              failure.starts_with("CA_KEY_MISMATCH"))
      << failure;
}

TEST(IssueCertificate, RefusesBadDocumentsOfEveryField) {
  Issue issue;
  issue.csr = "x";
  EXPECT_EQ(result(issue), "CSR_MALFORMED csr: is neither a whole PEM block nor DER");
  issue = {};
  issue.ca_key = "x";
  EXPECT_EQ(result(issue), "CA_KEY_MALFORMED caPrivateKey: is neither a whole PEM block nor DER");
  issue = {};
  issue.ca_certificate = "x";
  EXPECT_EQ(result(issue), "CA_CERT_MALFORMED caCert: is neither a whole PEM block nor DER");
  issue = {};
  issue.csr = std::string(1 << 20, '\x55');
  EXPECT_EQ(result(issue), "CSR_MALFORMED csr: is longer than 65536 bytes");
}

TEST(IssueCertificate, RefusesBadValiditySubjectAndDistributionPoints) {
  Issue issue;
  issue.request.not_after = kNow + 8760 * 3600 + 1;
  EXPECT_EQ(
      result(issue),
      "VALIDITY_NOT_ALLOWED validNotAfter: 1 seconds after the latest time the profile allows");
  issue = {};
  issue.request.subject = "X=1";
  EXPECT_EQ(result(issue), "SUBJECT_MALFORMED subject: 'X' is none of C, ST, O, OU, L, CN");
  issue = {};
  issue.request.crl_distribution_points.assign(17, "http://a/");
  EXPECT_EQ(result(issue), "INPUT_INVALID crlDistributionPoints: more than 16 entries");
  issue.request.crl_distribution_points = {""};
  EXPECT_EQ(result(issue),
            "INPUT_INVALID crlDistributionPoints: an entry must have 1 to 2048 bytes");
  const std::string address(2048, 'a');
  issue.request.crl_distribution_points = {address};
  EXPECT_EQ(result(issue), "ok");
  issue.request.crl_distribution_points = {"http://a/\xc3\xa4"};
  EXPECT_EQ(result(issue),
            "INPUT_INVALID crlDistributionPoints: an entry holds characters other than printable "
            "ASCII without spaces");
}

TEST(IssueCertificate, RefusesAPolicyOutsideItsRanges) {
  Issue issue;
  issue.policy.key_usage = 1 << 9;
  EXPECT_EQ(result(issue), "INPUT_INVALID : a key usage has no bit above 8");
  issue = {};
  issue.policy.extended_key_usage = {6};
  EXPECT_EQ(result(issue), "INPUT_INVALID : no extended key usage has this id");
  issue = {};
  issue.policy.ca = true;
  issue.policy.path_length = 256;
  EXPECT_EQ(result(issue), "INPUT_INVALID : a path length must be 0 to 255, or -1 for none");
  issue.policy.path_length = 255;
  EXPECT_EQ(result(issue), "ok");
  issue.policy.ca = false;
  EXPECT_EQ(result(issue), "INPUT_INVALID : only a CA has a path length");
}

// Each step adds the next fault in front; the answer is always the first in the documented order.
TEST(IssueCertificate, ReportsTheFirstFaultInTheDocumentedOrder) {
  Issue issue;
  const PkeyPtr other = new_key("P-384");
  const auto first_word = [&] {
    const std::string text = result(issue);
    return text.substr(0, text.find(' '));
  };
  issue.ca_certificate = ca_certificate(other.get());
  EXPECT_EQ(first_word(), "CA_KEY_MISMATCH");
  issue.csr = with_last_byte_changed(csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer));
  EXPECT_EQ(first_word(), "CSR_SIGNATURE_INVALID");
  issue.request.subject = "X=1";
  EXPECT_EQ(first_word(), "SUBJECT_MALFORMED");
  issue.request.not_before = 0;
  EXPECT_EQ(first_word(), "VALIDITY_NOT_ALLOWED");
  issue.policy.signature_key = KeyAlgorithm::kRsa;
  EXPECT_EQ(first_word(), "SIGNATURE_ALGORITHM_MISMATCH");
  issue.policy.issuer_key.ec = {};
  EXPECT_EQ(first_word(), "ISSUER_KEY_NOT_ALLOWED");
  issue.policy.subject_key.ec = {};
  EXPECT_EQ(first_word(), "SUBJECT_KEY_NOT_ALLOWED");
  issue.ca_certificate = "x";
  EXPECT_EQ(first_word(), "CA_CERT_MALFORMED");
  issue.ca_key = "x";
  EXPECT_EQ(first_word(), "CA_KEY_MALFORMED");
  issue.csr = "x";
  EXPECT_EQ(first_word(), "CSR_MALFORMED");
}

TEST(IssueCertificate, KeepsOnlyProvenCasInTheCache) {
  CaCache cache(2, std::chrono::seconds(60));
  Issue issue;
  issue.cache = &cache;
  EXPECT_EQ(result(issue), "ok");
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(result(issue), "ok");
  EXPECT_EQ(cache.size(), 1u);
  issue.policy.issuer_key.ec = {};
  EXPECT_EQ(result(issue),
            "ISSUER_KEY_NOT_ALLOWED caPrivateKey: the profile allows no ECDSA keys for the issuer")
      << "a cached CA must pass the policy too";
}

TEST(IssueCertificate, SignsWithTheCachedCa) {
  CaCache cache(2, std::chrono::seconds(60));
  Issue issue;
  issue.cache = &cache;
  for (int i = 0; i < 3; ++i) {
    const auto issued = issue.run();
    ASSERT_TRUE(issued) << outcome(issued);
    const X509Ptr certificate = parse_certificate(issued.value());
    EXPECT_TRUE(is_signed_by(certificate.get(), key("P-384")));
    EXPECT_NE(X509_get0_authority_key_id(certificate.get()), nullptr);
  }
}

TEST(IssueCertificate, DoesNotTakeAnotherCertificateForTheCachedOne) {
  CaCache cache(2, std::chrono::seconds(60));
  Issue issue;
  issue.cache = &cache;
  EXPECT_EQ(result(issue), "ok");
  const PkeyPtr other = new_key("P-384");
  issue.ca_certificate = ca_certificate(other.get());
  EXPECT_EQ(result(issue).substr(0, 15), "CA_KEY_MISMATCH");
}

TEST(IssueCertificate, IssuesFromFourThreadsAtOnceWithACacheThatKeepsChanging) {
  CaCache cache(1, std::chrono::seconds(60));
  std::vector<Issue> issues(2);
  issues[1].with_ca(key("P-256"));
  for (Issue& issue : issues) {
    issue.cache = &cache;
  }
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const Issue& issue = issues[static_cast<std::size_t>(t + i) % 2];
        good += issue.run() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 100);
  EXPECT_EQ(cache.size(), 1u);
}

}  // namespace
}  // namespace cryptobroker::testing
