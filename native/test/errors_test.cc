#include "native/crypto/errors.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <set>
#include <string>

#include "native/crypto/shown_text.h"

namespace cryptobroker::testing {
namespace {

TEST(Errors, HaveANameOfTheirOwn) {
  std::set<std::string_view> names;
#define CRYPTOBROKER_TEST_NAME(name)                  \
  EXPECT_EQ(error_code_name(ErrorCode::name), #name); \
  names.insert(error_code_name(ErrorCode::name));
  CRYPTOBROKER_ERROR_CODES(CRYPTOBROKER_TEST_NAME)
#undef CRYPTOBROKER_TEST_NAME
  EXPECT_EQ(names.size(), 30u);
}

TEST(Errors, CarryNothingOfOpenSsl) {
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  const Error error = internal_error("signing");
  EXPECT_EQ(error.code, ErrorCode::INTERNAL);
  EXPECT_EQ(error.message, "signing failed");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(ErrorQueueGuardTest, LeavesTheQueueEmpty) {
  {
    const ErrorQueueGuard guard;
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    EXPECT_NE(ERR_peek_error(), 0u);
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(ResultTest, HoldsAValueOrAnError) {
  const Result<std::string> good = std::string("value");
  ASSERT_TRUE(good);
  EXPECT_EQ(good.value(), "value");
  const Result<std::string> bad = Error{ErrorCode::INPUT_INVALID, "why", "field"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "why");
}

TEST(ShownText, IsQuotedPrintableAndShort) {
  EXPECT_EQ(shown("CN"), "'CN'");
  EXPECT_EQ(shown(""), "''");
  EXPECT_EQ(shown("a\nb\x7f"), "'a?b?'");
  EXPECT_EQ(shown(std::string(40, 'x')), "'" + std::string(40, 'x') + "'");
  EXPECT_EQ(shown(std::string(41, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace cryptobroker::testing
