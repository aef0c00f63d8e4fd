#include "native/crypto/service_key.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <type_traits>
#include <utility>

#include "native/crypto/mac.h"
#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

static_assert(!std::is_copy_constructible_v<ServiceKey>);

// A service key of these bytes under wrapping_key().
ServiceKey service_key_of(Bytes bytes) {
  ByteVector wrapped(kWrappedChildLength);
  const WrappingKey parent = wrapping_key();
  EXPECT_TRUE(wrap_key(context(), WrapMode::kKw, parent, wrapped, bytes));
  auto key = ServiceKey::unwrap(context(), parent, wrapped);
  EXPECT_TRUE(key) << outcome(key);
  return std::move(key).value();
}

TEST(ServiceKeyTest, ComesBackFromItsWrappedForm) {
  const WrappingKey parent = random_wrapping_key();
  ByteVector wrapped(kWrappedChildLength);
  const auto key = ServiceKey::generate(context(), parent, wrapped);
  ASSERT_TRUE(key) << outcome(key);
  const auto again = ServiceKey::unwrap(context(), parent, wrapped);
  ASSERT_TRUE(again) << outcome(again);
  EXPECT_EQ(hex_of(again.value().check_value()), hex_of(key.value().check_value()));
}

// Computed with Python's hmac by the letter of SP 800-108r1 §4.1 and FIPS 198-1.
TEST(ServiceKeyTest, HasTheCheckValueThatItsBytesDecide) {
  const ServiceKey key = service_key_of(ByteVector(32, 0x8f));
  EXPECT_EQ(hex_of(key.check_value()), "968e6971adde8473");
}

TEST(ServiceKeyTest, IsNotWhatAnotherKeyWrapped) {
  ByteVector wrapped(kWrappedChildLength);
  const WrappingKey parent = random_wrapping_key();
  ASSERT_TRUE(ServiceKey::generate(context(), parent, wrapped));
  EXPECT_EQ(code_of(ServiceKey::unwrap(context(), random_wrapping_key(), wrapped)),
            "UNWRAP_FAILED");
  for (std::size_t bit = 0; bit < 8 * wrapped.size(); bit += 7) {
    EXPECT_EQ(code_of(ServiceKey::unwrap(context(), parent, with_bit_flipped(wrapped, bit))),
              "UNWRAP_FAILED");
  }
  for (const std::size_t length : {0u, 8u, 16u, 24u, 32u, 39u, 41u, 48u, 4104u}) {
    EXPECT_EQ(code_of(ServiceKey::unwrap(context(), parent, ByteVector(length))), "UNWRAP_FAILED");
  }
}

TEST(ServiceKeyTest, HangsOnAes256Alone) {
  ByteVector wrapped(kWrappedChildLength);
  for (const unsigned bits : {128u, 192u}) {
    const WrappingKey weak = random_wrapping_key(bits);
    EXPECT_EQ(code_of(ServiceKey::generate(context(), weak, wrapped)), "INPUT_INVALID");
    EXPECT_EQ(code_of(ServiceKey::unwrap(context(), weak, wrapped)), "INPUT_INVALID");
  }
  WrappingKey dropped = random_wrapping_key();
  dropped.drop();
  EXPECT_EQ(code_of(ServiceKey::generate(context(), dropped, wrapped)), "KEY_HANDLE_CLOSED");
  EXPECT_EQ(code_of(ServiceKey::unwrap(context(), dropped, wrapped)), "KEY_HANDLE_CLOSED");
}

TEST(ServiceKeyTest, RestsInTheSecureHeapAndLeavesItWhenDropped) {
  const WrappingKey parent = random_wrapping_key();
  ByteVector wrapped(kWrappedChildLength);
  ASSERT_TRUE(ServiceKey::generate(context(), parent, wrapped));
  const std::size_t before = CRYPTO_secure_used();
  auto key = ServiceKey::generate(context(), parent, wrapped);
  ASSERT_TRUE(key);
  EXPECT_EQ(CRYPTO_secure_used(), before + 64);  // the key and the derived one
  key.value().drop();
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST(ServiceKeyTest, OnceDroppedIsWrappedNoMore) {
  ServiceKey key = new_service_key();
  key.drop();
  key.drop();
  EXPECT_EQ(code_of(key.require_open()), "KEY_HANDLE_CLOSED");
  ByteVector wrapped(kWrappedChildLength);
  EXPECT_EQ(code_of(key.wrap_under(context(), wrapping_key(), wrapped)), "KEY_HANDLE_CLOSED");
}

TEST(WrappingKeyTest, WrapsOthersAndTakesThemBack) {
  const WrappingKey parent = random_wrapping_key();
  const WrappingKey child = random_wrapping_key();
  ByteVector wrapped(kWrappedChildLength);
  ASSERT_TRUE(child.wrap_under(context(), parent, wrapped));
  const auto again = WrappingKey::unwrap_under(context(), parent, wrapped);
  ASSERT_TRUE(again) << outcome(again);
  ByteVector one(24), two(24);
  ASSERT_TRUE(wrap_key(context(), WrapMode::kKw, child, one, ByteVector(16, 1)));
  ASSERT_TRUE(wrap_key(context(), WrapMode::kKw, again.value(), two, ByteVector(16, 1)));
  EXPECT_EQ(one, two);
}

TEST(WrappingKeyTest, WrapsNoWeakerOrDroppedOneAndNeedsRoom) {
  const WrappingKey parent = random_wrapping_key();
  ByteVector wrapped(kWrappedChildLength), short_one(kWrappedChildLength - 1);
  EXPECT_EQ(code_of(random_wrapping_key(128).wrap_under(context(), parent, wrapped)),
            "INPUT_INVALID");
  EXPECT_EQ(code_of(random_wrapping_key().wrap_under(context(), parent, short_one)),
            "OUTPUT_TOO_SMALL");
  WrappingKey dropped = random_wrapping_key();
  dropped.drop();
  EXPECT_EQ(code_of(dropped.wrap_under(context(), parent, wrapped)), "KEY_HANDLE_CLOSED");
  ByteVector derived(32);
  EXPECT_EQ(code_of(dropped.derive(context(), bytes_of("label"), derived)), "KEY_HANDLE_CLOSED");
}

TEST(WrappingKeyTest, DerivesAsKbkdfDoes) {
  ByteVector derived(32), expected(32);
  ASSERT_TRUE(wrapping_key(7).derive(context(), bytes_of("a label"), derived));
  ASSERT_TRUE(derive_key(context(), DigestId::kSha256, expected, ByteVector(32, 7),
                         bytes_of("a label"), {}));
  EXPECT_EQ(derived, expected);
}

TEST(WrappingKeyTest, AdoptsWhatIsInTheSecureHeap) {
  for (const std::size_t length : {16u, 24u, 32u}) {
    EXPECT_TRUE(WrappingKey::adopt(SecureHeapBytes(length)));
  }
  EXPECT_EQ(code_of(WrappingKey::adopt(SecureHeapBytes(17))), "INPUT_INVALID");
  EXPECT_EQ(code_of(WrappingKey::adopt(SecureHeapBytes())), "INTERNAL");
}

}  // namespace
}  // namespace cryptobroker::testing
