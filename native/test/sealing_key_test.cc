#include "native/crypto/sealing_key.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <optional>
#include <utility>

#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

const std::string_view kContext = "grant 17 of tenant blue";

class Sealing : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = SealingKey::generate(context());
    ASSERT_TRUE(made) << outcome(made);
    recipient.emplace(std::move(made).value());
    auto form =
        seal_service_key(context(), key, recipient->pair.public_key_info(), bytes_of(kContext));
    ASSERT_TRUE(form) << outcome(form);
    sealed = form.value();
  }

  std::string opened(Bytes point, Bytes wrapped, std::string_view fixed_info = kContext) {
    const auto result =
        open_service_key(context(), *recipient, point, wrapped, bytes_of(fixed_info));
    return result ? hex_of(result.value().check_value()) : code_of(result);
  }

  const ServiceKey key = new_service_key();
  std::optional<SealingKey> recipient;
  SealedServiceKey sealed;
};

TEST_F(Sealing, GivesTheKeyToTheRecipientInTheSameContextAlone) {
  EXPECT_EQ(opened(sealed.ephemeral_public, sealed.wrapped_key), hex_of(key.check_value()));
  EXPECT_EQ(opened(sealed.ephemeral_public, sealed.wrapped_key, "another"), "UNWRAP_FAILED");
  EXPECT_EQ(opened(sealed.ephemeral_public, sealed.wrapped_key, ""), "UNWRAP_FAILED");
  const auto other = SealingKey::generate(context());
  ASSERT_TRUE(other);
  EXPECT_EQ(code_of(open_service_key(context(), other.value(), sealed.ephemeral_public,
                                     sealed.wrapped_key, bytes_of(kContext))),
            "UNWRAP_FAILED");
}

TEST_F(Sealing, OpensNothingThatWasChanged) {
  for (std::size_t bit = 0; bit < 8 * sealed.wrapped_key.size(); bit += 7) {
    EXPECT_EQ(opened(sealed.ephemeral_public, with_bit_flipped(sealed.wrapped_key, bit)),
              "UNWRAP_FAILED");
  }
  for (std::size_t bit = 0; bit < 8 * sealed.ephemeral_public.size(); bit += 31) {
    EXPECT_EQ(opened(with_bit_flipped(sealed.ephemeral_public, bit), sealed.wrapped_key),
              "UNWRAP_FAILED");
  }
  for (const std::size_t length : {0u, 1u, 49u, 96u, 98u, 100000u}) {
    EXPECT_EQ(opened(ByteVector(length, 4), sealed.wrapped_key), "UNWRAP_FAILED");
  }
  for (const std::size_t length : {0u, 8u, 24u, 39u, 41u, 100000u}) {
    EXPECT_EQ(opened(sealed.ephemeral_public, ByteVector(length)), "UNWRAP_FAILED");
  }
}

TEST_F(Sealing, TakesContextsOfAnyLengthUpToItsLimit) {
  const ByteVector longest(kMaxSealingContext, 1), too_long(kMaxSealingContext + 1, 1);
  const Bytes spki = recipient->pair.public_key_info();
  EXPECT_TRUE(seal_service_key(context(), key, spki, {}));
  EXPECT_TRUE(seal_service_key(context(), key, spki, longest));
  EXPECT_EQ(code_of(seal_service_key(context(), key, spki, too_long)), "INPUT_INVALID");
  EXPECT_EQ(code_of(open_service_key(context(), *recipient, sealed.ephemeral_public,
                                     sealed.wrapped_key, too_long)),
            "INPUT_INVALID");
}

TEST_F(Sealing, LeavesNothingBehindInTheSecureHeap) {
  const std::size_t before = CRYPTO_secure_used();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(seal_service_key(context(), key, recipient->pair.public_key_info(), {}));
    EXPECT_EQ(opened(sealed.ephemeral_public, sealed.wrapped_key), hex_of(key.check_value()));
    EXPECT_EQ(opened(sealed.ephemeral_public, sealed.wrapped_key, "another"), "UNWRAP_FAILED");
  }
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST_F(Sealing, NeedsKeysThatWereNotDropped) {
  ServiceKey dropped = new_service_key();
  dropped.drop();
  EXPECT_EQ(code_of(seal_service_key(context(), dropped, recipient->pair.public_key_info(), {})),
            "KEY_HANDLE_CLOSED");
  recipient->drop();
  EXPECT_EQ(opened(sealed.ephemeral_public, sealed.wrapped_key), "KEY_HANDLE_CLOSED");
}

}  // namespace
}  // namespace cryptobroker::testing
