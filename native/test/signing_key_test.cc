#include "native/crypto/signing_key.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

class Signing : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = SigningKey::generate(context(), parent, wrapped);
    ASSERT_TRUE(made) << outcome(made);
    key.emplace(std::move(made).value());
  }
  bool verifies(Bytes data, Bytes signature) const {
    const auto result = verify_signature(context(), key->public_key_info(), data, signature);
    EXPECT_TRUE(result) << outcome(result);
    return result && result.value();
  }

  const WrappingKey parent = random_wrapping_key();
  ByteVector wrapped = ByteVector(kWrappedSigningKeyLength);
  std::optional<SigningKey> key;
};

TEST_F(Signing, MakesSignaturesThatVerify) {
  const auto again = SigningKey::unwrap(context(), parent, wrapped);
  ASSERT_TRUE(again) << outcome(again);
  const auto signature = again.value().sign(context(), bytes_of("a grant"));
  ASSERT_TRUE(signature) << outcome(signature);
  EXPECT_TRUE(verifies(bytes_of("a grant"), signature.value()));
  EXPECT_FALSE(verifies(bytes_of("another"), signature.value()));
  for (std::size_t bit = 0; bit < 8 * signature.value().size(); bit += 5) {
    EXPECT_FALSE(verifies(bytes_of("a grant"), with_bit_flipped(signature.value(), bit)));
  }
  for (const std::size_t length : {0u, 1u, 8u, 96u, 104u, 5000u}) {
    EXPECT_FALSE(verifies(bytes_of("a grant"), ByteVector(length, 0x30)));
  }
}

TEST_F(Signing, KeysAreNotWhatAnotherKeyWrapped) {
  EXPECT_EQ(code_of(SigningKey::unwrap(context(), random_wrapping_key(), wrapped)),
            "UNWRAP_FAILED");
  for (std::size_t bit = 0; bit < 8 * wrapped.size(); bit += 31) {
    EXPECT_EQ(code_of(SigningKey::unwrap(context(), parent, with_bit_flipped(wrapped, bit))),
              "UNWRAP_FAILED");
  }
  for (const std::size_t length : {0u, 16u, 192u, 208u, 100000u}) {
    EXPECT_EQ(code_of(SigningKey::unwrap(context(), parent, ByteVector(length))), "UNWRAP_FAILED");
  }
  ByteVector junk(kWrappedSigningKeyLength);
  ASSERT_TRUE(
      wrap_key(context(), WrapMode::kKwp, parent, junk, ByteVector(kP384Pkcs8Length, 0x30)));
  EXPECT_EQ(code_of(SigningKey::unwrap(context(), parent, junk)), "UNWRAP_FAILED");
}

TEST_F(Signing, KeysHangOnAes256Alone) {
  EXPECT_EQ(code_of(SigningKey::generate(context(), random_wrapping_key(192), wrapped)),
            "INPUT_INVALID");
  EXPECT_EQ(code_of(SigningKey::unwrap(context(), random_wrapping_key(128), wrapped)),
            "INPUT_INVALID");
  ByteVector small(kWrappedSigningKeyLength - 1);
  EXPECT_EQ(code_of(SigningKey::generate(context(), parent, small)), "OUTPUT_TOO_SMALL");
}

TEST_F(Signing, RefusesDroppedKeysLongDataAndOtherPublicKeys) {
  const ByteVector long_data(kMaxSignedData + 1);
  EXPECT_EQ(code_of(key->sign(context(), long_data)), "INPUT_INVALID");
  EXPECT_EQ(code_of(verify_signature(context(), key->public_key_info(), long_data, {})),
            "INPUT_INVALID");
  EXPECT_EQ(code_of(verify_signature(context(), ByteVector(120), {}, {})), "INPUT_INVALID");
  key->drop();
  EXPECT_EQ(code_of(key->sign(context(), bytes_of("x"))), "KEY_HANDLE_CLOSED");
}

}  // namespace
}  // namespace cryptobroker::testing
