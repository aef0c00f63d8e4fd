#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "native/dataplane/script_calls.h"
#include "native/test/support/dataplane_counter.h"

namespace cryptobroker::testing {
namespace {

using Kind = ScriptEvent::Kind;

constexpr std::uint16_t kUnaryMethod = 0;
constexpr std::uint16_t kStreamMethod = 1;

class ScriptCallsTest : public ::testing::Test {
 protected:
  ScriptCallsTest() : calls_(options()) {}

  ScriptCalls::Options options() {
    ScriptCalls::Options options;
    options.methods = {{"/a.A/Unary", MethodKind::kUnary, true},
                       {"/a.A/Stream", MethodKind::kBidirectional, false}};
    options.wake = [this] { wakes_.add(); };
    options.max_requests = 600;
    options.max_request_bytes = 10'000;
    return options;
  }
  // Returns the failure that the call ends with, or nothing when it waits for the script.
  std::optional<CallFailure> request(CallToken token, std::size_t size = 1,
                                     std::uint16_t method = kUnaryMethod) {
    std::vector<std::uint8_t> message(size, 7);
    Answer answer;
    const bool answered = calls_.on_request({token, method, 1234}, message, answer);
    EXPECT_EQ(answered, answer.failure.has_value());
    return answer.failure;
  }

  Counter wakes_;
  ScriptCalls calls_;
};

TEST_F(ScriptCallsTest, HandsEventsOverInOrderWithOneWakeUp) {
  EXPECT_FALSE(request(41, 3));
  calls_.on_half_closed(41);
  calls_.on_cancelled(41, CancelReason::kCancelled);
  calls_.on_cancelled(42, CancelReason::kDeadlineExceeded);
  calls_.on_writable(43);
  EXPECT_EQ(wakes_.count(), 1);
  const std::vector<ScriptEvent> events = calls_.take_events();
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events[0].kind, Kind::kRequest);
  EXPECT_EQ(events[0].token, 41U);
  EXPECT_EQ(events[0].method, kUnaryMethod);
  EXPECT_EQ(events[0].deadline_unix_ms, 1234);
  EXPECT_EQ(events[0].message, std::vector<std::uint8_t>(3, 7));
  EXPECT_EQ(events[1].kind, Kind::kHalfClosed);
  EXPECT_EQ(events[2].kind, Kind::kCancelled);
  EXPECT_EQ(events[3].kind, Kind::kDeadlineExceeded);
  EXPECT_EQ(events[4].kind, Kind::kWritable);
  EXPECT_EQ(events[4].token, 43U);
  EXPECT_TRUE(calls_.take_events().empty());
  EXPECT_FALSE(request(44));
  EXPECT_EQ(wakes_.count(), 2);
}

TEST_F(ScriptCallsTest, GivesAFewHundredAtATimeAndComesAgainForTheRest) {
  for (CallToken token = 1; token <= 600; ++token) {
    ASSERT_FALSE(request(token));
  }
  EXPECT_EQ(wakes_.count(), 1);
  EXPECT_EQ(calls_.take_events().size(), 256U);
  EXPECT_EQ(wakes_.count(), 2);
  EXPECT_EQ(calls_.take_events().size(), 256U);
  EXPECT_EQ(calls_.take_events().size(), 88U);
  EXPECT_EQ(wakes_.count(), 3);
  EXPECT_TRUE(calls_.take_events().empty());
}

TEST_F(ScriptCallsTest, RefusesRequestsThatTheScriptDoesNotTakeInTime) {
  for (CallToken token = 1; token <= 600; ++token) {
    ASSERT_FALSE(request(token));
  }
  const std::optional<CallFailure> refused = request(601);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, GrpcStatus::kResourceExhausted);
  EXPECT_EQ(refused->code, "QUEUE_FULL");
  EXPECT_EQ(refused->details, "too many operations are waiting");
  // Other events have their place all the same: there are no more of them than of calls.
  calls_.on_cancelled(600, CancelReason::kCancelled);
  EXPECT_EQ(calls_.take_events().size(), 256U);
  EXPECT_FALSE(request(602));
}

TEST_F(ScriptCallsTest, BoundsTheBytesThatWait) {
  EXPECT_FALSE(request(1, 9'000));
  EXPECT_TRUE(request(2, 1'001));
  EXPECT_FALSE(request(3, 1'000));
  EXPECT_TRUE(request(4, 1));
  EXPECT_FALSE(request(5, 0));
  EXPECT_EQ(calls_.take_events().size(), 3U);
  EXPECT_FALSE(request(6, 10'000));
}

TEST_F(ScriptCallsTest, EndsAStreamInTheScriptWhoseNextMessageHasNoPlace) {
  EXPECT_FALSE(request(1, 9'000, kStreamMethod));
  EXPECT_TRUE(request(1, 9'000, kStreamMethod));
  const std::vector<ScriptEvent> events = calls_.take_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].kind, Kind::kCancelled);
  EXPECT_EQ(events[1].token, 1U);
}

}  // namespace
}  // namespace cryptobroker::testing
