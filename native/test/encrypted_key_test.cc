#include "native/crypto/encrypted_key.h"

#include <gtest/gtest.h>

#include <string>

#include "native/crypto/der_writer.h"
#include "native/crypto/oids.h"
#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

const std::string_view kPassphrase = "correct horse";

// A document by any of its members, most of which ours never has.
struct Variant {
  Bytes salt = kSixteen;
  ByteVector iterations = {0x08, 0x00};
  Bytes prf = oid::kHmacSha256;
  Bytes cipher = oid::kAes256Cbc;
  Bytes iv = kSixteen;
  int key_length = 0;  // 0: left out
  ByteVector ciphertext = ByteVector(32, 7);

  static const ByteVector kSixteen;

  ByteVector encoded() const {
    DerWriter out(256);
    out.nested(kSequence, [&] {
      out.nested(kSequence, [&] {
        out.element(kOid, oid::kPbes2);
        out.nested(kSequence, [&] {
          out.nested(kSequence, [&] {
            out.element(kOid, oid::kPbkdf2);
            out.nested(kSequence, [&] {
              out.element(kOctetString, salt);
              out.unsigned_integer(iterations);
              if (key_length != 0) {
                out.small_integer(static_cast<std::uint8_t>(key_length));
              }
              out.nested(kSequence, [&] {
                out.element(kOid, prf);
                out.element(kNull, {});
              });
            });
          });
          out.nested(kSequence, [&] {
            out.element(kOid, cipher);
            out.element(kOctetString, iv);
          });
        });
      });
      out.element(kOctetString, ciphertext);
    });
    return std::move(out).take();
  }
};
const ByteVector Variant::kSixteen = ByteVector(16, 5);

std::string read(const ByteVector& der) { return code_of(read_encrypted_key(der)); }

TEST(EncryptedKey, ComesBackUnderItsPassphrase) {
  const auto der = encrypt_key(context(), bytes_of("a private key"), bytes_of(kPassphrase));
  ASSERT_TRUE(der) << outcome(der);
  EXPECT_TRUE(is_encrypted_key(der.value()));
  const auto key = read_encrypted_key(der.value());
  ASSERT_TRUE(key) << outcome(key);
  EXPECT_EQ(key.value().iterations, 600000u);
  EXPECT_EQ(key.value().salt.size(), 16u);
  const auto plain = decrypt_key(context(), key.value(), bytes_of(kPassphrase));
  ASSERT_TRUE(plain) << outcome(plain);
  EXPECT_EQ(text_of(plain.value().view()), "a private key");
}

TEST(EncryptedKey, IsAnotherEachTime) {
  const auto one = encrypt_key(context(), bytes_of("key"), bytes_of(kPassphrase));
  const auto two = encrypt_key(context(), bytes_of("key"), bytes_of(kPassphrase));
  ASSERT_TRUE(one && two);
  EXPECT_NE(one.value(), two.value());
}

TEST(EncryptedKey, OfOneFamilyOfAlgorithmsIsRead) {
  EXPECT_EQ(read(Variant{}.encoded()), "ok");
  EXPECT_EQ(read(Variant{.key_length = 32}.encoded()), "ok");
  EXPECT_EQ(read(Variant{.key_length = 16}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.prf = oid::kSha256}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.cipher = oid::kPbkdf2}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.iv = Bytes(Variant::kSixteen).first(12)}.encoded()), "INPUT_INVALID");
}

TEST(EncryptedKey, HasBoundsOnItsWork) {
  const ByteVector long_salt(65);
  EXPECT_EQ(read(Variant{.salt = Bytes(Variant::kSixteen).first(15)}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.salt = long_salt}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.iterations = {0x03, 0xe8}}.encoded()), "ok");             // 1,000
  EXPECT_EQ(read(Variant{.iterations = {0x03, 0xe7}}.encoded()), "INPUT_INVALID");  // 999
  EXPECT_EQ(read(Variant{.iterations = {0x98, 0x96, 0x80}}.encoded()), "ok");       // 10^7
  EXPECT_EQ(read(Variant{.iterations = {0x98, 0x96, 0x81}}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.iterations = ByteVector(5, 0xff)}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.iterations = {1, 0, 0, 0, 0x08, 0x00}}.encoded()), "INPUT_INVALID");
  EXPECT_EQ(read(Variant{.iterations = {0}}.encoded()), "INPUT_INVALID");
}

TEST(EncryptedKey, IsRefusedWhenItIsCutOrProlonged) {
  const ByteVector good = Variant{}.encoded();
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(read(ByteVector(good.begin(), good.begin() + static_cast<long>(length))),
              "INPUT_INVALID");
  }
  ByteVector longer = good;
  longer.push_back(0);
  EXPECT_EQ(read(longer), "INPUT_INVALID");
}

TEST(EncryptedKey, OfBrokenBlocksOrPaddingDoesNotDecrypt) {
  const auto decrypted = [](const Variant& variant) {
    const ByteVector der = variant.encoded();
    const auto key = read_encrypted_key(der);
    EXPECT_TRUE(key) << outcome(key);
    return code_of(decrypt_key(context(), key.value(), bytes_of(kPassphrase)));
  };
  EXPECT_EQ(decrypted({.ciphertext = ByteVector(32, 7)}), "DECRYPT_FAILED");
  EXPECT_EQ(decrypted({.ciphertext = ByteVector(31, 7)}), "INPUT_INVALID");
  EXPECT_EQ(decrypted({.ciphertext = {}}), "INPUT_INVALID");
}

TEST(Passphrase, HasEightBytesOrMore) {
  EXPECT_EQ(code_of(check_passphrase(ByteVector(7))), "INPUT_INVALID");
  EXPECT_TRUE(check_passphrase(ByteVector(8)));
  EXPECT_TRUE(check_passphrase(ByteVector(1024)));
  EXPECT_EQ(code_of(check_passphrase(ByteVector(1025))), "INPUT_INVALID");
}

}  // namespace
}  // namespace cryptobroker::testing
