#include "native/crypto/secret_bytes.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <type_traits>
#include <utility>

#include "native/crypto/random.h"
#include "native/test/support/context.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_copy_constructible_v<SecureHeapBytes>);
static_assert(!std::is_copy_assignable_v<SecureHeapBytes>);

TEST(SecretBytesTest, BeginsAsZerosAndHoldsWhatIsWritten) {
  SecretBytes secret(3);
  EXPECT_EQ(hex_of(std::as_const(secret).view()), "000000");
  secret.data()[1] = 7;
  EXPECT_EQ(hex_of(std::as_const(secret).view()), "000700");
}

TEST(SecretBytesTest, CopiesBytesAndCanBeEmpty) {
  const SecretBytes copy = SecretBytes::copy_of(from_hex("0102"));
  EXPECT_EQ(hex_of(copy.view()), "0102");
  EXPECT_EQ(SecretBytes::copy_of({}).size(), 0u);
  const SecretBytes empty(0);
  EXPECT_EQ(empty.data(), nullptr);
}

TEST(SecretBytesTest, MovesWithoutCopyingAndLeavesNothingBehind) {
  SecretBytes first = SecretBytes::copy_of(from_hex("aabb"));
  const auto* where = first.data();
  SecretBytes second(std::move(first));
  EXPECT_EQ(std::as_const(second).data(), where);
  EXPECT_EQ(first.size(), 0u);  // what a move leaves behind is what this test is about
  SecretBytes third(5);
  third = std::move(second);
  EXPECT_EQ(std::as_const(third).data(), where);
  SecretBytes& same = third;
  third = std::move(same);
  EXPECT_EQ(hex_of(std::as_const(third).view()), "aabb");
}

TEST(SecretBytesTest, IsEmptyAfterAWipe) {
  SecretBytes secret = SecretBytes::copy_of(from_hex("aabb"));
  secret.wipe();
  secret.wipe();
  EXPECT_EQ(secret.size(), 0u);
  EXPECT_EQ(secret.data(), nullptr);
}

TEST(SecureHeapBytesTest, LiesInTheSecureHeap) {
  SecureHeapBytes secret(32);
  ASSERT_EQ(secret.size(), 32u);
  EXPECT_EQ(CRYPTO_secure_allocated(secret.data()), 1);
  const std::size_t used = CRYPTO_secure_used();
  secret = SecureHeapBytes();
  EXPECT_LT(CRYPTO_secure_used(), used);
}

TEST(SecureHeapBytesTest, IsEmptyWhenTheHeapIsExhausted) {
  SecureHeapBytes too_much(std::size_t{1} << 30);
  EXPECT_EQ(too_much.size(), 0u);
}

TEST(SecureHeapBytesTest, MovesWithoutCopying) {
  SecureHeapBytes first(16);
  const auto* where = first.data();
  SecureHeapBytes second(std::move(first));
  EXPECT_EQ(second.data(), where);
  EXPECT_EQ(first.size(), 0u);  // what a move leaves behind is what this test is about
  SecureHeapBytes third(16);
  third = std::move(second);
  EXPECT_EQ(third.data(), where);
}

TEST(Random, FillsAllOfItsOutputDifferentlyEachTime) {
  for (const auto fill : {fill_random, fill_random_secret}) {
    ByteVector a(64), b(64);
    ASSERT_TRUE(fill(context(), a));
    ASSERT_TRUE(fill(context(), b));
    EXPECT_NE(a, b);
    EXPECT_NE(ByteVector(a.end() - 16, a.end()), ByteVector(16));
    EXPECT_TRUE(fill(context(), {}));
  }
}

}  // namespace
}  // namespace cryptobroker::testing
