#include "native/crypto/mac.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "native/test/support/context.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

std::string hmac(DigestId digest, Bytes key, std::string_view data) {
  ByteVector out(digest_info(digest).output_length);
  const Status status = compute_hmac(context(), digest, out, key, bytes_of(data));
  return status ? hex_of(out) : outcome(status);
}

std::string derived(DigestId digest, Bytes key, std::size_t length,
                    std::string_view label = "label") {
  ByteVector out(length);
  const Status status =
      derive_key(context(), digest, out, key, bytes_of(label), bytes_of("context"));
  return status ? hex_of(out) : outcome(status);
}

std::string code_of(const std::string& text) { return text.substr(0, text.find(' ')); }

// RFC 4231 §4.2.
TEST(Hmac, GivesTheAnswersOfRfc4231) {
  const ByteVector key(20, 0x0b);
  EXPECT_EQ(hmac(DigestId::kSha256, key, "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac(DigestId::kSha384, key, "Hi There"),
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
            "faea9ea9076ede7f4af152e8b2fa9cb6");
  EXPECT_EQ(hmac(DigestId::kSha512, key, "Hi There"),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
}

TEST(Hmac, RefusesShortKeysAndOtherDigests) {
  EXPECT_EQ(code_of(hmac(DigestId::kSha256, ByteVector(13), "")), "INPUT_INVALID");
  EXPECT_EQ(hmac(DigestId::kSha256, ByteVector(14), "").size(), 64u);
  EXPECT_EQ(code_of(hmac(DigestId::kSha3_256, ByteVector(32), "")), "ALGORITHM_UNSUPPORTED");
  EXPECT_EQ(code_of(hmac(DigestId::kShake128, ByteVector(32), "")), "ALGORITHM_UNSUPPORTED");
}

// Computed from SP 800-108r1 §4.1 with an HMAC of another library (Python's hmac).
TEST(DeriveKey, GivesTheAnswersOfAnIndependentComputation) {
  ByteVector key(32);
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  EXPECT_EQ(derived(DigestId::kSha256, key, 40),
            "c5115a8e2c9cf655fabbfecbe725e440a9838838f5b46130c654f368f780edd650d532c0fdeb6a35");
  EXPECT_EQ(derived(DigestId::kSha384, key, 40),
            "f3a68b08a41c36c234ac1989b609bd9874f5635dc8dd5da58ea336b51ab02101c02abaf1f539c1af");
  EXPECT_EQ(derived(DigestId::kSha512, key, 40),
            "70b63e3d47de66ed5de6465f2a7d427a1e753b865e4b358263eba89d353e18d0ca078a14734fe7a2");
  EXPECT_EQ(derived(DigestId::kSha256, key, 100),
            "f388a0e323b62e8c78d5ca13629d62d974d91c259cf1f3cdde848b1a3684510a3412b9676b89baa8eb4cf5"
            "d35933b3c0"
            "b7b8336b01a80dc982e087212cb8f726e4e67e887a434cfddcd5979a4997376b3f76762132fcaf51a8354f"
            "95332835ed"
            "7ff6106d");
}

TEST(DeriveKey, SeparatesLabels) {
  const ByteVector key(32, 1);
  EXPECT_NE(derived(DigestId::kSha256, key, 32, "a"), derived(DigestId::kSha256, key, 32, "b"));
}

TEST(DeriveKey, RefusesLengthsAndKeysOutsideItsRange) {
  const ByteVector key(32, 1);
  EXPECT_EQ(code_of(derived(DigestId::kSha256, key, 0)), "INPUT_INVALID");
  EXPECT_EQ(code_of(derived(DigestId::kSha256, key, kMaxDerivedLength + 1)), "INPUT_INVALID");
  EXPECT_EQ(derived(DigestId::kSha256, key, kMaxDerivedLength).size(), 2 * kMaxDerivedLength);
  EXPECT_EQ(code_of(derived(DigestId::kSha256, ByteVector(13), 16)), "INPUT_INVALID");
}

}  // namespace
}  // namespace cryptobroker::testing
