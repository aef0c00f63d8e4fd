#include "native/crypto/benchmark.h"

#include <gtest/gtest.h>

#include <atomic>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

using std::chrono::milliseconds;

TEST(Measure, GivesTheMeanOfOneOperation) {
  const std::atomic<bool> cancelled = false;
  int operations = 0;
  const auto nanoseconds = measure(milliseconds(5), cancelled, [&]() -> Status {
    ++operations;
    return Done{};
  });
  ASSERT_TRUE(nanoseconds) << outcome(nanoseconds);
  EXPECT_GT(nanoseconds.value(), 0);
  // The warm-up is not counted in the mean, so all operations together took at least as long.
  EXPECT_GE(operations * nanoseconds.value(), 5e6);
}

TEST(Measure, EndsWithTheErrorOfTheOperation) {
  const std::atomic<bool> cancelled = false;
  for (const int good : {0, 1000}) {
    int left = good;
    const auto failed = measure(milliseconds(1000), cancelled, [&]() -> Status {
      return left-- > 0 ? Status(Done{}) : Status(Error{ErrorCode::INPUT_INVALID, "why", {}});
    });
    EXPECT_EQ(outcome(failed), "INPUT_INVALID : why");
  }
}

TEST(Measure, EndsEarlyWhenCancelled) {
  const std::atomic<bool> cancelled = true;
  const auto nothing = measure(milliseconds(60'000), cancelled, []() -> Status { return Done{}; });
  EXPECT_EQ(outcome(nothing), "INTERNAL : the benchmark was cancelled");
}

}  // namespace
}  // namespace cryptobroker::testing
