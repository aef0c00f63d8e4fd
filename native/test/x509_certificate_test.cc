#include "native/crypto/x509_certificate.h"

#include <gtest/gtest.h>

#include <string>

#include "native/crypto/der_writer.h"
#include "native/test/support/pki.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

std::string judged(std::string_view document) {
  const auto read = read_ca_certificate(bytes_of(document));
  return read ? std::string(key_algorithm_name(read.value().public_key.kind.algorithm)) + " " +
                    std::to_string(read.value().public_key.kind.bits)
              : outcome(read);
}

std::string malformed(const std::string& message) { return "CA_CERT_MALFORMED caCert: " + message; }
const std::string kNotOne = malformed("is not an X.509 certificate in DER");

// A certificate whose parts can be given as DER; nobody checks its signature.
struct Draft {
  ByteVector version = from_hex("a003020102");
  ByteVector serial = from_hex("020101");
  ByteVector inner_algorithm = from_hex("300a06082a8648ce3d040302");
  ByteVector outer_algorithm = inner_algorithm;
  ByteVector issuer = from_hex("3000");
  ByteVector validity =
      from_hex("301e 170d 3235303130313030303030305a 170d 3335303130313030303030305a");
  ByteVector subject = from_hex("3000");
  ByteVector extensions;

  std::string der() const {
    const std::string good = ca_certificate(key("P-256"), "CN=CA", true, Encoding::kDer);
    const auto public_key = read_ca_certificate(bytes_of(good)).value().public_key.encoding;
    DerWriter out(1024);
    out.nested(kSequence, [&] {
      out.nested(kSequence, [&] {
        for (const ByteVector* part :
             {&version, &serial, &inner_algorithm, &issuer, &validity, &subject}) {
          out.raw(*part);
        }
        out.raw(public_key);
        if (!extensions.empty()) {
          out.nested(context_constructed(3), [&] { out.element(kSequence, extensions); });
        }
      });
      out.raw(outer_algorithm);
      out.bit_string(ByteVector(8, 0));
    });
    return text_of(std::move(out).take());
  }
};

constexpr const char* kKeyIdentifier = "300d 0603551d0e 0406 0404 01020304";

TEST(ReadCaCertificate, ReadsEveryKindOfKeyInPemAndDer) {
  for (const auto& [kind, expected] : {std::pair{"P-256", "ECDSA 256"},
                                       {"P-384", "ECDSA 384"},
                                       {"P-521", "ECDSA 521"},
                                       {"RSA-2048", "RSA 2048"}}) {
    EXPECT_EQ(judged(ca_certificate(key(kind))), expected);
    EXPECT_EQ(judged(ca_certificate(key(kind), "CN=CA", true, Encoding::kDer)), expected);
  }
}

TEST(ReadCaCertificate, GivesSubjectAndKeyIdentifier) {
  const std::string with = ca_certificate(key("P-256"), "CN=CA");
  const auto read = read_ca_certificate(bytes_of(with));
  ASSERT_TRUE(read) << outcome(read);
  EXPECT_EQ(hex_of(read.value().subject), "300d310b300906035504030c024341");
  EXPECT_EQ(read.value().key_identifier.size(), 20u);
  const std::string without = ca_certificate(key("P-256"), "CN=CA", false);
  const auto plain = read_ca_certificate(bytes_of(without));
  ASSERT_TRUE(plain) << outcome(plain);
  EXPECT_TRUE(plain.value().key_identifier.empty());
}

TEST(ReadCaCertificate, TakesTheFirstOfSeveralBlocks) {
  EXPECT_EQ(judged(ca_certificate(key("P-256")) + ca_certificate(key("P-384"))), "ECDSA 256");
}

TEST(ReadCaCertificate, RefusesOtherDocuments) {
  EXPECT_EQ(judged(""), malformed("is empty"));
  EXPECT_EQ(judged("hello"), malformed("is neither a whole PEM block nor DER"));
  EXPECT_EQ(judged(private_key(key("P-256"))),
            malformed("the PEM block is labelled 'PRIVATE KEY', expected 'CERTIFICATE'"));
  EXPECT_EQ(judged(csr(key("P-256"))),
            malformed("the PEM block is labelled 'CERTIFICATE REQUEST', expected 'CERTIFICATE'"));
  EXPECT_EQ(judged(pem("CERTIFICATE", from_hex("3000"))), kNotOne);
  EXPECT_EQ(judged(csr(key("P-256"), "CN=x", "SHA256", Encoding::kDer)), kNotOne);
}

TEST(ReadCaCertificate, NamesKeysThatAreNotSupported) {
  EXPECT_EQ(judged(ca_certificate(key("ED25519"))),
            "KEY_UNSUPPORTED caCert: Ed25519 keys are not supported, only RSA and EC keys");
}

TEST(ReadCaCertificate, RefusesEveryTruncation) {
  const std::string der = ca_certificate(key("P-256"), "CN=CA", true, Encoding::kDer);
  for (std::size_t length = 1; length < der.size(); ++length) {
    EXPECT_NE(judged(pem("CERTIFICATE", bytes_of(der.substr(0, length)))), "ECDSA 256");
  }
  EXPECT_EQ(judged(pem("CERTIFICATE", bytes_of(der + "x"))), kNotOne);
}

TEST(ReadCaCertificate, AcceptsVersion1AndWholeVersion3) {
  Draft draft;
  EXPECT_EQ(judged(draft.der()), "ECDSA 256");
  draft.version = {};
  EXPECT_EQ(judged(draft.der()), "ECDSA 256");
  draft.version = from_hex("a003020102");
  draft.extensions =
      from_hex("3012 0603551d13 0101ff 0408 30060101ff020100" + std::string(kKeyIdentifier));
  EXPECT_EQ(judged(draft.der()), "ECDSA 256");
}

TEST(ReadCaCertificate, RefusesPartsThatAreNotX509) {
  const auto with = [](ByteVector Draft::* part, const char* hex) {
    Draft draft;
    draft.*part = from_hex(hex);
    return judged(draft.der());
  };
  EXPECT_EQ(with(&Draft::version, "a0020201"), kNotOne);
  EXPECT_EQ(with(&Draft::version, "a10302010 2"), kNotOne);
  EXPECT_EQ(with(&Draft::serial, "0500"), kNotOne);
  EXPECT_EQ(with(&Draft::validity, "3000"), kNotOne);
  EXPECT_EQ(with(&Draft::validity, "3004 1700 0500"), kNotOne);
  EXPECT_EQ(with(&Draft::extensions, "3005 0603551d0e"), kNotOne);
  EXPECT_EQ(with(&Draft::extensions, "300c 0603551d0e 010101 0402 0400"), kNotOne);
  EXPECT_EQ(with(&Draft::extensions, "3009 0603551d0e 0402 0500"), kNotOne);
  EXPECT_EQ(with(&Draft::extensions, "300b 0603551d0e 0404 0400 0500"), kNotOne);
  EXPECT_EQ(with(&Draft::subject, "3002 3100"),
            malformed("the subject or issuer is not a valid name"));
  EXPECT_EQ(with(&Draft::issuer, "3002 3100"),
            malformed("the subject or issuer is not a valid name"));
  EXPECT_EQ(with(&Draft::outer_algorithm, "300a06082a8648ce3d040303"),
            malformed("names two different signature algorithms"));
}

TEST(ReadCaCertificate, RefusesTwoKeyIdentifiers) {
  Draft draft;
  draft.extensions = from_hex(std::string(kKeyIdentifier) + kKeyIdentifier);
  EXPECT_EQ(judged(draft.der()), kNotOne);
}

}  // namespace
}  // namespace cryptobroker::testing
