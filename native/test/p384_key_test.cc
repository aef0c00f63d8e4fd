#include "native/crypto/p384_key.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <utility>

#include "native/test/support/context.h"
#include "native/test/support/keys.h"
#include "native/test/support/pki.h"

namespace cryptobroker::testing {
namespace {

P384Key generated() {
  auto made = P384Key::generate(context());
  EXPECT_TRUE(made) << outcome(made);
  return std::move(made).value();
}

std::string loaded(Bytes der) { return code_of(P384Key::from_private_key_info(context(), der)); }

TEST(P384KeyTest, ComesBackFromItsDocument) {
  const P384Key made = generated();
  const auto info = made.private_key_info();
  ASSERT_TRUE(info) << outcome(info);
  EXPECT_EQ(info.value().size(), kP384Pkcs8Length);
  const auto again = P384Key::from_private_key_info(context(), info.value().view());
  ASSERT_TRUE(again) << outcome(again);
  EXPECT_EQ(hex_of(again.value().public_key_info()), hex_of(made.public_key_info()));
  const auto twice = again.value().private_key_info();
  ASSERT_TRUE(twice);
  EXPECT_EQ(hex_of(twice.value().view()), hex_of(info.value().view()));
}

TEST(P384KeyTest, ReadsWhatOpensslWrites) {
  const std::string document = private_key(key("P-384"), KeyFormat::kPkcs8, Encoding::kDer);
  EXPECT_EQ(loaded(bytes_of(document)), "ok");
}

TEST(P384KeyTest, IsNothingElse) {
  for (const char* kind : {"P-256", "P-521", "RSA-2048"}) {
    EXPECT_EQ(loaded(bytes_of(private_key(key(kind), KeyFormat::kPkcs8, Encoding::kDer))),
              "INPUT_INVALID");
  }
  EXPECT_EQ(loaded(bytes_of(private_key(key("P-384")))), "INPUT_INVALID");
  EXPECT_EQ(loaded(bytes_of(private_key(key("P-384"), KeyFormat::kTraditional, Encoding::kDer))),
            "INPUT_INVALID");
  EXPECT_EQ(loaded({}), "INPUT_INVALID");
  EXPECT_EQ(loaded(ByteVector(kP384Pkcs8Length)), "INPUT_INVALID");
}

TEST(P384KeyTest, IsRefusedWhenAnyBitOfItsDocumentWasChanged) {
  const P384Key made = generated();
  const auto info = made.private_key_info();
  ASSERT_TRUE(info);
  for (std::size_t bit = 0; bit < 8 * kP384Pkcs8Length; bit += 5) {
    EXPECT_EQ(loaded(with_bit_flipped(info.value().view(), bit)), "INPUT_INVALID") << bit;
  }
}

TEST(P384KeyTest, HasItsPointInTheUncompressedFormAlone) {
  const auto info = generated().private_key_info();
  ASSERT_TRUE(info);
  const Bytes good = info.value().view();
  // 06 and 07 are the hybrid form of SEC 1 §2.3.4; one of the two fits every point.
  for (const std::uint8_t form : {0x02, 0x03, 0x06, 0x07}) {
    ByteVector wrong(good.begin(), good.end());
    wrong[kP384Pkcs8Length - kP384PointLength] = form;
    EXPECT_EQ(loaded(wrong), "INPUT_INVALID") << int{form};
  }
}

TEST(P384KeyTest, HasNoPrivateNumberOutOfRange) {
  const auto info = generated().private_key_info();
  ASSERT_TRUE(info);
  const Bytes good = info.value().view();
  // 0, and the order of the curve (SP 800-186 §3.2.1.4).
  for (const ByteVector& number :
       {ByteVector(48), from_hex("ffffffffffffffffffffffffffffffffffffffffffffffff"
                                 "c7634d81f4372ddf581a0db248b0a77aecec196accc52973")}) {
    ByteVector wrong(good.begin(), good.end());
    std::copy(number.begin(), number.end(), wrong.begin() + 35);
    EXPECT_EQ(loaded(wrong), "INPUT_INVALID");
  }
}

TEST(P384KeyTest, RestsInTheSecureHeapAndLeavesItWhenDropped) {
  const auto info = generated().private_key_info();
  ASSERT_TRUE(info);
  const std::size_t before = CRYPTO_secure_used();
  P384Key made = generated();
  const std::size_t with_one = CRYPTO_secure_used();
  EXPECT_GE(with_one, before + 48);
  auto again = P384Key::from_private_key_info(context(), info.value().view());
  ASSERT_TRUE(again);
  EXPECT_GE(CRYPTO_secure_used(), with_one + 48);
  again.value().drop();
  made.drop();
  EXPECT_EQ(made.get(), nullptr);
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST(P384PublicKey, IsReadFromItsDocumentAndFromItsPoint) {
  const P384Key made = generated();
  EXPECT_TRUE(load_p384_public_key(context(), made.public_key_info(), "field"));
  EXPECT_TRUE(load_p384_point(context(), made.point(), "field"));
}

TEST(P384PublicKey, IsNothingElse) {
  const P384Key made = generated();
  const Bytes spki = made.public_key_info();
  const auto code = [](Bytes bytes) {
    return code_of(load_p384_public_key(context(), bytes, "field"));
  };
  for (std::size_t bit = 0; bit < 8 * spki.size(); bit += 3) {
    EXPECT_EQ(code(with_bit_flipped(spki, bit)), "INPUT_INVALID") << bit;
  }
  for (std::size_t length = 0; length < spki.size(); ++length) {
    EXPECT_EQ(code(spki.first(length)), "INPUT_INVALID") << length;
  }
  ByteVector longer(spki.begin(), spki.end());
  longer.push_back(0);
  EXPECT_EQ(code(longer), "INPUT_INVALID");
}

TEST(P384PublicKey, HasAnUncompressedPointOfTheCurve) {
  const P384Key made = generated();
  ByteVector point(made.point().begin(), made.point().end());
  const auto code = [](Bytes bytes) { return code_of(load_p384_point(context(), bytes, "field")); };
  EXPECT_EQ(code({}), "INPUT_INVALID");
  EXPECT_EQ(code(ByteVector(1)), "INPUT_INVALID");
  EXPECT_EQ(code(ByteVector(97)), "INPUT_INVALID");
  EXPECT_EQ(code(Bytes(point).first(96)), "INPUT_INVALID");
  EXPECT_EQ(code(with_bit_flipped(point, 8 * 96)), "INPUT_INVALID");
  for (const std::uint8_t form : {0x00, 0x02, 0x03, 0x05, 0x06, 0x07}) {
    point[0] = form;
    EXPECT_EQ(code(point), "INPUT_INVALID");
  }
}

}  // namespace
}  // namespace cryptobroker::testing
