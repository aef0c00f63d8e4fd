#include "native/crypto/x509_csr.h"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include <string>

#include "native/crypto/der_writer.h"
#include "native/crypto/oids.h"
#include "native/test/support/context.h"
#include "native/test/support/pki.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// `RSA 2048 signed`, or the failure of reading or verifying.
std::string judged(std::string_view document) {
  const auto read = read_csr(bytes_of(document));
  if (!read) {
    return outcome(read);
  }
  const Status verified = verify_csr(context(), read.value());
  const KeyKind& kind = read.value().public_key.kind;
  return verified ? std::string(key_algorithm_name(kind.algorithm)) + " " +
                        std::to_string(kind.bits) + " signed"
                  : outcome(verified);
}

std::string malformed(const std::string& message) { return "CSR_MALFORMED csr: " + message; }
std::string invalid(const std::string& message) { return "CSR_SIGNATURE_INVALID csr: " + message; }
std::string unsupported(const std::string& message) { return "KEY_UNSUPPORTED csr: " + message; }

const std::string kNotOne = malformed("is not a PKCS #10 certification request in DER");
const std::string kBadSignature = invalid("the signature does not belong to the key in the CSR");

// A CSR whose parts can be given as DER; the signature is one of zeros.
struct Draft {
  ByteVector subject = from_hex("3000");
  ByteVector public_key;
  ByteVector attributes = from_hex("a000");
  ByteVector algorithm = from_hex("300a 06082a8648ce3d040302");

  std::string der() const {
    DerWriter out(512);
    out.nested(kSequence, [&] {
      out.nested(kSequence, [&] {
        out.small_integer(0);
        out.raw(subject);
        out.raw(public_key);
        out.raw(attributes);
      });
      out.raw(algorithm);
      out.bit_string(ByteVector(70, 0));
    });
    return text_of(std::move(out).take());
  }
};

ByteVector public_key_info(Bytes algorithm_oid, Bytes parameters, Bytes key) {
  DerWriter out(512);
  out.nested(kSequence, [&] {
    out.nested(kSequence, [&] {
      out.element(kOid, algorithm_oid);
      out.raw(parameters);
    });
    out.bit_string(key);
  });
  return std::move(out).take();
}

ByteVector rsa_public_key(const ByteVector& modulus, const ByteVector& exponent) {
  DerWriter out(512);
  out.nested(kSequence, [&] {
    out.unsigned_integer(modulus);
    out.unsigned_integer(exponent);
  });
  return std::move(out).take();
}

std::string with_rsa(const ByteVector& modulus, const ByteVector& exponent) {
  Draft draft;
  draft.algorithm = from_hex("300d 06092a864886f70d01010b 0500");
  draft.public_key =
      public_key_info(oid::kRsaEncryption, from_hex("0500"), rsa_public_key(modulus, exponent));
  return draft.der();
}

std::string with_point(const ByteVector& point) {
  Draft draft;
  draft.public_key = public_key_info(oid::kEcPublicKey, from_hex("06082a8648ce3d030107"), point);
  return draft.der();
}

TEST(ReadCsr, AcceptsEveryKindOfKeyInPemAndDer) {
  for (const auto& [kind, expected] : {std::pair{"P-256", "ECDSA 256 signed"},
                                       {"P-384", "ECDSA 384 signed"},
                                       {"P-521", "ECDSA 521 signed"},
                                       {"RSA-2048", "RSA 2048 signed"},
                                       {"RSA-3072", "RSA 3072 signed"}}) {
    for (const char* digest : {"SHA256", "SHA384", "SHA512"}) {
      EXPECT_EQ(judged(csr(key(kind), "CN=leaf", digest)), expected);
      EXPECT_EQ(judged(csr(key(kind), "CN=leaf", digest, Encoding::kDer)), expected);
    }
  }
}

TEST(ReadCsr, AcceptsAPemBlockOfAnyLabel) {
  const std::string der = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  EXPECT_EQ(judged(pem("NEW CERTIFICATE REQUEST", bytes_of(der))), "ECDSA 256 signed");
  EXPECT_EQ(judged("text before\n" + pem("X", bytes_of(der)) + "text after"), "ECDSA 256 signed");
}

TEST(ReadCsr, KeepsTheBytesOfSubjectAndKey) {
  const std::string document = csr(key("P-256"), "C=DE,CN=leaf", "SHA256", Encoding::kDer);
  const auto read = read_csr(bytes_of(document));
  ASSERT_TRUE(read) << outcome(read);
  EXPECT_NE(document.find(text_of(read.value().subject)), std::string::npos);
  EXPECT_EQ(hex_of(read.value().subject),
            "301c310b3009060355040613024445310d300b06035504030c046c656166");
  EXPECT_EQ(read.value().public_key.encoding.size(), 91u);
}

TEST(ReadCsr, RefusesOtherDocuments) {
  EXPECT_EQ(judged(""), malformed("is empty"));
  EXPECT_EQ(judged(std::string(65537, '0')), malformed("is longer than 65536 bytes"));
  EXPECT_EQ(judged(std::string(65536, '0')), malformed("is neither a whole PEM block nor DER"));
  EXPECT_EQ(
      judged("-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----\n"),
      malformed("the base64 of the PEM block is damaged"));
  EXPECT_EQ(judged("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"),
            malformed("is neither a whole PEM block nor DER"));
  EXPECT_EQ(judged(pem("CERTIFICATE REQUEST", from_hex("3000"))), kNotOne);
  EXPECT_EQ(judged(ca_certificate(key("P-256"))), kNotOne);
}

TEST(ReadCsr, RefusesTruncatedAndExtendedDer) {
  const std::string der = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  for (std::size_t length = 1; length < der.size(); ++length) {
    EXPECT_EQ(judged(der.substr(0, length)), malformed("is neither a whole PEM block nor DER"));
    EXPECT_NE(judged(pem("X", bytes_of(der.substr(0, length)))), "ECDSA 256 signed");
  }
  EXPECT_EQ(judged(pem("X", bytes_of(der + "x"))), kNotOne);
}

TEST(ReadCsr, RefusesOrFailsEveryChangedBit) {
  const std::string der = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  for (std::size_t bit = 0; bit < 8 * der.size(); ++bit) {
    std::string changed = der;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_NE(judged(changed), "ECDSA 256 signed") << "bit " << bit;
  }
}

TEST(ReadCsr, RefusesBer) {
  // The same CSR with an indefinite length outside.
  const std::string der = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  const std::string ber = "\x30\x80" + der.substr(3) + std::string(2, '\0');
  EXPECT_EQ(judged(pem("CERTIFICATE REQUEST", bytes_of(ber))), kNotOne);
}

TEST(ReadCsr, RefusesASubjectOthersCouldNotRead) {
  Draft draft;
  draft.public_key =
      public_key_info(oid::kEcPublicKey, from_hex("06082a8648ce3d030107"), ByteVector(65, 4));
  draft.subject = from_hex("300d 310b 3009 0603550403 1302 6140");  // PrintableString "a@"
  EXPECT_EQ(judged(draft.der()), malformed("the subject is not a valid name"));
}

TEST(ReadCsr, NamesTheKindsOfKeyItDoesNotSupport) {
  EXPECT_EQ(judged(csr(key("ED25519"))),
            unsupported("Ed25519 keys are not supported, only RSA and EC keys"));
  EXPECT_EQ(judged(csr(key("RSA-PSS-2048"))),
            unsupported("RSA-PSS keys are not supported, only RSA and EC keys"));
  EXPECT_EQ(judged(csr(key("secp224r1"))),
            unsupported("EC keys on curve P-224 are not supported, only P-256, P-384 and P-521"));
  EXPECT_EQ(
      judged(csr(key("secp256k1"))),
      unsupported("EC keys on curve secp256k1 are not supported, only P-256, P-384 and P-521"));
  Draft draft;
  draft.public_key = public_key_info(oid::kEcPublicKey, from_hex("3003020101"), ByteVector(65, 4));
  EXPECT_EQ(judged(draft.der()),
            unsupported("EC keys with explicit curve parameters are not supported"));
  draft.public_key = public_key_info(from_hex("2a0304"), {}, ByteVector(65, 4));
  EXPECT_EQ(judged(draft.der()),
            unsupported("1.2.3.4 keys are not supported, only RSA and EC keys"));
}

TEST(ReadCsr, RefusesPointsThatAreNone) {
  EXPECT_EQ(judged(with_point(ByteVector(65, 4))), malformed("the public key is not valid"))
      << "a point that is not on the curve";
  ByteVector compressed(33, 1);
  compressed[0] = 2;
  EXPECT_EQ(judged(with_point(compressed)),
            unsupported("only uncompressed EC points are supported"));
  EXPECT_EQ(judged(with_point({})), unsupported("only uncompressed EC points are supported"));
  EXPECT_EQ(judged(with_point(ByteVector(64, 4))),
            malformed("the EC point does not have the length of P-256"));
}

TEST(ReadCsr, RefusesRsaNumbersThatAreNone) {
  const ByteVector odd(256, 0xc1);
  EXPECT_EQ(judged(with_rsa(odd, {1, 0, 1})), kBadSignature);
  EXPECT_EQ(judged(with_rsa(odd, {2})), malformed("the RSA modulus or exponent is even or 1"));
  EXPECT_EQ(judged(with_rsa(odd, {1})), malformed("the RSA modulus or exponent is even or 1"));
  EXPECT_EQ(judged(with_rsa(ByteVector(256, 0xc2), {3})),
            malformed("the RSA modulus or exponent is even or 1"));
  EXPECT_EQ(judged(with_rsa(odd, ByteVector(9, 1))),
            unsupported("RSA exponents above 64 bits are not supported"));
  EXPECT_EQ(judged(with_rsa({0}, {3})),
            malformed("the RSA public key is not a modulus and an exponent in DER"));
  Draft draft;
  draft.public_key = public_key_info(oid::kRsaEncryption, {}, rsa_public_key(odd, {3}));
  EXPECT_EQ(judged(draft.der()), malformed("the RSA key has no NULL parameters"));
}

TEST(VerifyCsr, RefusesTheSignatureOfAnotherKey) {
  const PkeyPtr other = new_key("P-256");
  std::string document = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  const std::string others = csr(other.get(), "CN=leaf", "SHA256", Encoding::kDer);
  const auto mine_read = read_csr(bytes_of(document));
  const auto other_read = read_csr(bytes_of(others));
  ASSERT_TRUE(mine_read && other_read);
  auto mixed = CertificationRequest{};
  mixed.signed_part = mine_read.value().signed_part;
  mixed.public_key = mine_read.value().public_key;
  mixed.signature_algorithm = other_read.value().signature_algorithm;
  mixed.signature = other_read.value().signature;
  EXPECT_EQ(outcome(verify_csr(context(), mixed)), kBadSignature);
  mixed.signature = mine_read.value().signature;
  EXPECT_TRUE(verify_csr(context(), mixed));
}

TEST(VerifyCsr, RefusesDigestsThatAreNotAllowed) {
  const std::string allowed =
      " are not allowed, only RSA and ECDSA with SHA-256, SHA-384 or SHA-512";
  EXPECT_EQ(judged(csr(key("P-256"), "CN=x", "SHA1")),
            invalid("signatures by ecdsa-with-SHA1" + allowed));
  EXPECT_EQ(judged(csr(key("RSA-2048"), "CN=x", "SHA1")),
            invalid("signatures by sha1WithRSAEncryption" + allowed));
  EXPECT_EQ(judged(csr(key("RSA-2048"), "CN=x", "MD5")),
            invalid("signatures by md5WithRSAEncryption" + allowed));
  EXPECT_EQ(judged(csr(key("P-256"), "CN=x", "SHA224")),
            invalid("signatures by ecdsa-with-SHA224" + allowed));
}

TEST(VerifyCsr, RefusesAnAlgorithmOfTheOtherKind) {
  Draft draft;
  const std::string good = csr(key("P-256"), "CN=leaf", "SHA256", Encoding::kDer);
  const Bytes info = read_csr(bytes_of(good)).value().public_key.encoding;
  draft.public_key = {info.begin(), info.end()};
  draft.algorithm = from_hex("300d 06092a864886f70d01010b 0500");
  EXPECT_EQ(judged(draft.der()), invalid("the signature algorithm does not fit the key"));
}

// A CSR of the RSA key signed with RSA-PSS.
std::string pss_csr(const char* digest_name, int salt) {
  const X509ReqPtr request(X509_REQ_new_ex(workshop(), nullptr));
  EXPECT_EQ(X509_REQ_set_pubkey(request.get(), key("RSA-2048")), 1);
  const DigestPtr digest(EVP_MD_fetch(workshop(), digest_name, nullptr));
  const DigestCtxPtr signer(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  EXPECT_EQ(EVP_DigestSignInit_ex(signer.get(), &settings, digest_name, workshop(), nullptr,
                                  key("RSA-2048"), nullptr),
            1);
  EXPECT_GT(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 0);
  EXPECT_GT(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt), 0);
  EXPECT_GT(X509_REQ_sign_ctx(request.get(), signer.get()), 0);
  unsigned char* der = nullptr;
  const int length = i2d_X509_REQ(request.get(), &der);
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

TEST(VerifyCsr, AcceptsRsaPssWithSaltUpToTheDigest) {
  EXPECT_EQ(judged(pss_csr("SHA2-256", 32)), "RSA 2048 signed");
  EXPECT_EQ(judged(pss_csr("SHA2-512", 64)), "RSA 2048 signed");
  EXPECT_EQ(judged(pss_csr("SHA2-384", 0)), "RSA 2048 signed");
  EXPECT_EQ(judged(pss_csr("SHA2-256", 20)), "RSA 2048 signed") << "the default is left out";
}

TEST(VerifyCsr, RefusesRsaPssWithOtherParameters) {
  const std::string expected = invalid(
      "signatures by RSA-PSS with these parameters are not allowed, only RSA and ECDSA with "
      "SHA-256, SHA-384 or SHA-512");
  EXPECT_EQ(judged(pss_csr("SHA1", 20)), expected);
  EXPECT_EQ(judged(pss_csr("SHA2-256", 33)), expected);
  EXPECT_EQ(judged(pss_csr("SHA2-256", 200)), expected);
  EXPECT_EQ(judged(pss_csr("SHA2-224", 28)), expected);
}

}  // namespace
}  // namespace cryptobroker::testing
