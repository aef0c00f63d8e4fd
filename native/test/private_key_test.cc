#include "native/crypto/private_key.h"

#include <gtest/gtest.h>

#include <string>

#include "native/crypto/der_writer.h"
#include "native/crypto/oids.h"
#include "native/crypto/signature.h"
#include "native/crypto/x509_certificate.h"
#include "native/test/support/context.h"
#include "native/test/support/pki.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// `RSA 2048`, `ECDSA 256`, or the failure.
std::string reading(std::string_view document) {
  const auto read = read_private_key(bytes_of(document));
  return read ? std::string(key_algorithm_name(read.value().kind.algorithm)) + " " +
                    std::to_string(read.value().kind.bits)
              : outcome(read);
}

std::string malformed(const std::string& message) {
  return "CA_KEY_MALFORMED caPrivateKey: " + message;
}

const std::string kUnknown = malformed("is not a PKCS #8, SEC1 or PKCS #1 key in DER");
const std::string kNeither = malformed("is neither a whole PEM block nor DER");

// The numbers of an RSA key, to be changed one by one.
struct RsaNumbers {
  ByteVector n, e, d, p, q, dp, dq, qinv;
  ByteVector version = {0};
  bool truncated = false;

  std::string der() const {
    DerWriter out(2048);
    out.nested(kSequence, [&] {
      for (const ByteVector* number : {&version, &n, &e, &d, &p, &q, &dp, &dq}) {
        out.unsigned_integer(*number);
      }
      if (!truncated) {
        out.unsigned_integer(qinv);
      }
    });
    return text_of(std::move(out).take());
  }
};

RsaNumbers rsa_numbers() {
  const std::string der = private_key(key("RSA-2048"), KeyFormat::kTraditional, Encoding::kDer);
  const auto read = read_private_key(bytes_of(der));
  EXPECT_TRUE(read) << outcome(read);
  const auto& rsa = read.value().rsa;
  const auto copy = [](Bytes bytes) { return ByteVector(bytes.begin(), bytes.end()); };
  return {copy(rsa.modulus),   copy(rsa.exponent),   copy(rsa.private_exponent),
          copy(rsa.prime1),    copy(rsa.prime2),     copy(rsa.exponent1),
          copy(rsa.exponent2), copy(rsa.coefficient)};
}

struct EcNumbers {
  ByteVector scalar = ByteVector(32, 7);
  ByteVector point;
  ByteVector curve = {oid::kP256.begin(), oid::kP256.end()};
  std::uint8_t version = 1;

  std::string der() const {
    DerWriter out(256);
    out.nested(kSequence, [&] {
      out.small_integer(version);
      out.element(kOctetString, scalar);
      if (!curve.empty()) {
        out.nested(context_constructed(0), [&] { out.element(kOid, curve); });
      }
      if (!point.empty()) {
        out.nested(context_constructed(1), [&] { out.bit_string(point); });
      }
    });
    return text_of(std::move(out).take());
  }
};

std::string pkcs8(Bytes algorithm_oid, Bytes parameters, std::string_view inner) {
  DerWriter out(256);
  out.nested(kSequence, [&] {
    out.small_integer(0);
    out.nested(kSequence, [&] {
      out.element(kOid, algorithm_oid);
      out.raw(parameters);
    });
    out.element(kOctetString, bytes_of(inner));
  });
  return text_of(std::move(out).take());
}

TEST(ReadPrivateKey, ReadsEveryKindInEveryFormat) {
  for (const auto& [kind, expected] : {std::pair{"P-256", "ECDSA 256"},
                                       {"P-384", "ECDSA 384"},
                                       {"P-521", "ECDSA 521"},
                                       {"RSA-2048", "RSA 2048"}}) {
    for (const KeyFormat format : {KeyFormat::kPkcs8, KeyFormat::kTraditional}) {
      for (const Encoding encoding : {Encoding::kDer, Encoding::kPem}) {
        EXPECT_EQ(reading(private_key(key(kind), format, encoding)), expected);
      }
    }
  }
}

TEST(ReadPrivateKey, LooksAtTheStructureNotAtTheLabel) {
  const std::string der = private_key(key("P-256"), KeyFormat::kTraditional, Encoding::kDer);
  EXPECT_EQ(reading(pem("PRIVATE KEY", bytes_of(der))), "ECDSA 256");
  EXPECT_EQ(reading(pem("RSA PRIVATE KEY", bytes_of(der))), "ECDSA 256");
}

TEST(ReadPrivateKey, SkipsEcParametersBeforeTheKey) {
  const std::string parameters = pem("EC PARAMETERS", from_hex("06082a8648ce3d030107"));
  const std::string sec1 = private_key(key("P-256"), KeyFormat::kTraditional);
  EXPECT_EQ(reading(parameters + sec1), "ECDSA 256");
  EXPECT_EQ(reading(parameters), malformed("holds EC parameters, but no key"));
}

TEST(ReadPrivateKey, ReadsAKeyBehindTextAndWithCarriageReturns) {
  std::string document = "Bag Attributes\n  friendlyName: ca\n" + private_key(key("P-256"));
  for (std::size_t at = 0; (at = document.find('\n', at)) != std::string::npos; at += 2) {
    document.replace(at, 1, "\r\n");
  }
  EXPECT_EQ(reading(document), "ECDSA 256");
}

TEST(ReadPrivateKey, RefusesEncryptedKeysInEveryForm) {
  const std::string expected = "CA_KEY_ENCRYPTED caPrivateKey: the CA private key is encrypted";
  EXPECT_EQ(reading(pem("ENCRYPTED PRIVATE KEY", from_hex("3000"))), expected);
  EXPECT_EQ(reading("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                    "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n"
                    "-----END EC PRIVATE KEY-----\n"),
            expected);
  // EncryptedPrivateKeyInfo in DER.
  EXPECT_EQ(reading(text_of(from_hex("300a 3003 06012a 0403 010203"))), expected);
}

TEST(ReadPrivateKey, RefusesOtherDocuments) {
  EXPECT_EQ(reading(""), malformed("is empty"));
  EXPECT_EQ(reading(std::string(65537, 'a')), malformed("is longer than 65536 bytes"));
  EXPECT_EQ(reading("no key at all"), kNeither);
  EXPECT_EQ(reading(ca_certificate(key("P-256"))),
            malformed("the PEM block is labelled 'CERTIFICATE', which is no private key"));
  EXPECT_EQ(reading("-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n"),
            malformed("the base64 of the PEM block is damaged"));
  EXPECT_EQ(reading(pem("PRIVATE KEY", from_hex("3000"))), kUnknown);
  EXPECT_EQ(reading(text_of(from_hex("3003 020100"))), kUnknown);
  EXPECT_EQ(reading(text_of(from_hex("0500"))), kUnknown);
}

TEST(ReadPrivateKey, RefusesBytesBehindTheKey) {
  for (const KeyFormat format : {KeyFormat::kPkcs8, KeyFormat::kTraditional}) {
    const std::string der = private_key(key("P-256"), format, Encoding::kDer);
    EXPECT_EQ(reading(der + "x"), kNeither);
    EXPECT_EQ(reading(pem("PRIVATE KEY", bytes_of(der + "x"))), kUnknown);
    EXPECT_EQ(reading(der.substr(0, der.size() - 1)), kNeither);
  }
}

TEST(ReadPrivateKey, NamesTheKindsItDoesNotSupport) {
  const auto unsupported = [](const std::string& message) {
    return "KEY_UNSUPPORTED caPrivateKey: " + message;
  };
  EXPECT_EQ(reading(private_key(key("ED25519"))),
            unsupported("Ed25519 keys are not supported, only RSA and EC keys"));
  EXPECT_EQ(reading(private_key(key("X448"))),
            unsupported("X448 keys are not supported, only RSA and EC keys"));
  EXPECT_EQ(reading(private_key(key("RSA-PSS-2048"))),
            unsupported("RSA-PSS keys are not supported, only RSA and EC keys"));
  for (const auto& [curve, name] : {std::pair{"secp224r1", "P-224"},
                                    {"secp256k1", "secp256k1"},
                                    {"brainpoolP256r1", "brainpoolP256r1"}}) {
    EXPECT_EQ(reading(private_key(key(curve), KeyFormat::kTraditional)),
              unsupported(std::string("EC keys on curve ") + name +
                          " are not supported, only P-256, P-384 and P-521"));
  }
  EXPECT_EQ(reading(pkcs8(oid::kEcPublicKey, from_hex("3000"), EcNumbers{}.der())),
            unsupported("EC keys with explicit curve parameters are not supported"));
}

TEST(ReadPrivateKey, RefusesEcKeysThatContradictThemselves) {
  EcNumbers numbers;
  EXPECT_EQ(reading(numbers.der()), "ECDSA 256");
  numbers.scalar = ByteVector(40, 0);
  numbers.scalar.back() = 1;
  EXPECT_EQ(reading(numbers.der()), "ECDSA 256") << "leading zeros do not count";
  numbers.scalar = ByteVector(33, 1);
  EXPECT_EQ(reading(numbers.der()), malformed("the EC key is no number of P-256"));
  numbers.scalar = ByteVector(32, 0);
  EXPECT_EQ(reading(numbers.der()), malformed("the EC key is no number of P-256"));
  numbers = {};
  numbers.curve = {};
  EXPECT_EQ(reading(numbers.der()), malformed("the EC key names no curve"));
  numbers = {};
  numbers.version = 2;
  EXPECT_EQ(reading(numbers.der()), malformed("the EC key is not an ECPrivateKey in DER"));
  EXPECT_EQ(reading(pkcs8(oid::kEcPublicKey, from_hex("06052b81040022"), EcNumbers{}.der())),
            malformed("the EC key names two curves"));
  EXPECT_EQ(reading(pkcs8(oid::kEcPublicKey, from_hex("0500"), EcNumbers{}.der())),
            malformed("the EC key names no curve"));
}

TEST(ReadPrivateKey, RefusesRsaNumbersThatWouldCostMoreThanAnHonestKey) {
  const std::string expected = malformed("the numbers of the RSA key do not fit each other");
  const RsaNumbers good = rsa_numbers();
  EXPECT_EQ(reading(good.der()), "RSA 2048");
  const auto changed = [&](ByteVector RsaNumbers::* number, ByteVector value) {
    RsaNumbers copy = good;
    copy.*number = std::move(value);
    return reading(copy.der());
  };
  const ByteVector huge(4000, 0xff);
  const ByteVector zero = {0};
  for (ByteVector RsaNumbers::* number :
       {&RsaNumbers::d, &RsaNumbers::p, &RsaNumbers::q, &RsaNumbers::dp, &RsaNumbers::dq,
        &RsaNumbers::qinv, &RsaNumbers::n}) {
    EXPECT_EQ(changed(number, huge), expected);
    EXPECT_EQ(changed(number, zero), expected);
  }
  EXPECT_EQ(changed(&RsaNumbers::e, zero), expected);
  ByteVector even = good.p;
  even.back() = static_cast<std::uint8_t>(even.back() & 0xfe);
  EXPECT_EQ(changed(&RsaNumbers::p, even), expected);
}

TEST(ReadPrivateKey, RefusesRsaKeysOfAnotherShape) {
  RsaNumbers numbers = rsa_numbers();
  numbers.version = {1};
  EXPECT_EQ(reading(numbers.der()),
            "KEY_UNSUPPORTED caPrivateKey: RSA keys of more than two primes are not supported");
  numbers = rsa_numbers();
  numbers.truncated = true;
  EXPECT_EQ(reading(numbers.der()),
            malformed("the RSA key is not the nine numbers of an RSAPrivateKey in DER"));
}

// The key pair the provider makes of a document and a certificate of `certificate_kind`: whether it
// signs for that certificate, or the failure.
std::string loading(std::string_view document, EVP_PKEY* certificate_key) {
  const auto key = read_private_key(bytes_of(document));
  const std::string certificate_pem = ca_certificate(certificate_key);
  const auto certificate = read_ca_certificate(bytes_of(certificate_pem));
  if (!key || !certificate) {
    return "unreadable";
  }
  const PublicKeyInfo& public_key = certificate.value().public_key;
  const auto pair = load_key_pair(context(), key.value(), public_key);
  if (!pair) {
    return outcome(pair);
  }
  const SignatureScheme scheme{public_key.kind.algorithm, SignatureDigest::kSha256};
  const Bytes message = bytes_of("message");
  const auto signature = sign(context(), pair.value().get(), scheme, message);
  const auto verifier = load_public_key(context(), public_key, kCaCertField);
  if (!signature || !verifier) {
    return "cannot sign";
  }
  return verify(context(), verifier.value().get(), scheme, signature.value(), message)
             ? "signs"
             : "signs for another key";
}

const std::string kMismatch =
    "CA_KEY_MISMATCH caPrivateKey: the CA private key does not belong to the CA certificate";

TEST(LoadKeyPair, SignsForTheCertificateOfTheKey) {
  for (const char* kind : {"P-256", "P-384", "P-521", "RSA-2048"}) {
    EXPECT_EQ(loading(private_key(key(kind)), key(kind)), "signs") << kind;
  }
}

TEST(LoadKeyPair, TakesThePointFromTheCertificateWhenTheKeyHasNone) {
  const std::string der = private_key(key("P-256"), KeyFormat::kTraditional, Encoding::kDer);
  const auto read = read_private_key(bytes_of(der));
  const Bytes scalar = read.value().ec.scalar;
  EcNumbers numbers;
  numbers.scalar = {scalar.begin(), scalar.end()};
  EXPECT_EQ(loading(numbers.der(), key("P-256")), "signs");
}

TEST(LoadKeyPair, RefusesTheCertificateOfAnotherKey) {
  for (const char* kind : {"P-256", "RSA-2048"}) {
    const PkeyPtr other = new_key(kind);
    EXPECT_EQ(loading(private_key(other.get()), key(kind)), kMismatch) << kind;
  }
  EXPECT_EQ(loading(private_key(key("P-384")), key("P-256")), kMismatch);
  EXPECT_EQ(loading(private_key(key("RSA-2048")), key("P-256")), kMismatch);
}

TEST(LoadKeyPair, RefusesAnEcNumberNotBelowTheOrderOfTheCurve) {
  EcNumbers numbers;
  // The order of P-256 (SP 800-186 §3.2.1.3).
  numbers.scalar = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  EXPECT_EQ(loading(numbers.der(), key("P-256")), malformed("the numbers cannot be a key"));
}

TEST(LoadKeyPair, CannotSeeThatAPrivateNumberBelongsToAnotherKey) {
  EcNumbers numbers;
  EXPECT_EQ(loading(numbers.der(), key("P-256")), "signs for another key");
}

}  // namespace
}  // namespace cryptobroker::testing
