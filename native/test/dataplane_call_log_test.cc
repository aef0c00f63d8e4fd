#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>

#include "native/dataplane/call_log.h"
#include "native/test/support/dataplane_counter.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

constexpr std::size_t kPlenty = 1024 * 1024;

CallRecord record_of(std::uint16_t method, GrpcStatus status = GrpcStatus::kOk) {
  CallRecord record;
  record.method = method;
  record.status = status;
  record.finished_unix_us = 1'700'000'000'000'000;
  record.duration_ns = 20'000;
  record.request_bytes = 100;
  record.profile.assign("Default");
  return record;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Method 0 is the script's, 1 is native.
class CallLogTest : public ::testing::Test {
 protected:
  CallLog& start(std::size_t capacity = kPlenty, bool log_calls = true) {
    CallLog::Options options;
    options.paths = {"/a.Script/Call", "/b.Native/Call"};
    options.script_methods = 1;
    options.log_calls = log_calls;
    options.service = "test";
    options.capacity = capacity;
    options.wake = [this] { wakes_.add(); };
    auto made = CallLog::start(std::move(options));
    EXPECT_TRUE(made) << outcome(made);
    log_ = std::move(made).value();
    return *log_;
  }

  Counter wakes_;
  std::unique_ptr<CallLog> log_;
};

TEST_F(CallLogTest, MakesALineOfEveryCallThatTheScriptDidNotGet) {
  CallLog& log = start();
  CallRecord taken = record_of(0);
  taken.taken = true;
  log.finished(taken, "");
  EXPECT_EQ(log.take_lines(kPlenty), "");
  EXPECT_TRUE(log.counters().empty());
  // Refused before the script heard of it.
  log.finished(record_of(0, GrpcStatus::kResourceExhausted), "");
  // Native ones may have been taken by their handler, too: to be worked on by the pool.
  CallRecord native = record_of(1);
  native.taken = true;
  log.finished(native, "");
  CallRecord unknown = record_of(CallRecord::kUnknownMethod, GrpcStatus::kUnimplemented);
  unknown.path.assign("/no/such");
  log.finished(unknown, "");
  const std::string lines = log.take_lines(kPlenty);
  EXPECT_EQ(lines_in(lines), 3U) << lines;
  EXPECT_NE(lines.find("\"/a.Script/Call\""), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"/b.Native/Call\""), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"/no/such\""), std::string::npos) << lines;
  EXPECT_EQ(log.take_lines(kPlenty), "");
}

TEST_F(CallLogTest, WakesOnceForManyLinesAndAgainForLaterOnes) {
  CallLog& log = start();
  for (int i = 0; i < 100; ++i) {
    log.finished(record_of(1), "");
  }
  ASSERT_TRUE(wakes_.wait_for(1));
  EXPECT_EQ(lines_in(log.take_lines(kPlenty)), 100U);
  log.finished(record_of(1), "");
  ASSERT_TRUE(wakes_.wait_for(2));
  EXPECT_EQ(lines_in(log.take_lines(kPlenty)), 1U);
  EXPECT_EQ(wakes_.count(), 2);
}

TEST_F(CallLogTest, DoesNotWaitWhenMuchHasGathered) {
  CallLog& log = start(4096);
  // More than a quarter of the room, faster than the delay could be over.
  for (int i = 0; i < 25; ++i) {
    log.finished(record_of(1), "");
  }
  EXPECT_GE(wakes_.count(), 1);
  EXPECT_EQ(lines_in(log.take_lines(kPlenty)), 25U);
}

TEST_F(CallLogTest, GivesWholeLinesUpToALimitAndComesAgainForTheRest) {
  CallLog& log = start();
  for (int i = 0; i < 100; ++i) {
    log.finished(record_of(1), "");
  }
  ASSERT_TRUE(wakes_.wait_for(1));
  const std::string first = log.take_lines(DataPlane::kLongestLine);
  EXPECT_LE(first.size(), DataPlane::kLongestLine);
  EXPECT_GT(lines_in(first), 5U);
  EXPECT_EQ(first.back(), '\n');
  // The script went back to other work without having taken all.
  ASSERT_TRUE(wakes_.wait_for(2));
  std::size_t lines = lines_in(first);
  for (std::string more = log.take_lines(DataPlane::kLongestLine); !more.empty();
       more = log.take_lines(DataPlane::kLongestLine)) {
    lines += lines_in(more);
  }
  EXPECT_EQ(lines, 100U);
}

TEST_F(CallLogTest, TheLongestRecordFitsTheShortestLimit) {
  CallLog& log = start();
  CallRecord longest = record_of(CallRecord::kUnknownMethod, GrpcStatus::kFailedPrecondition);
  longest.code = "SIGNATURE_ALGORITHM_MISMATCH";
  // What JSON has to escape takes two bytes for one, or six.
  for (const char c : {'"', '\\', '\x01', '\xff'}) {
    longest.profile.assign(std::string(64, c));
    longest.correlation_id.assign(std::string(128, c));
    longest.path.assign(std::string(128, c));
    log.finished(longest, "");
    EXPECT_EQ(lines_in(log.take_lines(DataPlane::kLongestLine)), 1U);
  }
}

TEST_F(CallLogTest, CountsWhatIsLostAndSaysSoOnceABurst) {
  CallLog& log = start(4096);
  for (int i = 0; i < 1000; ++i) {
    log.finished(record_of(1), "");
  }
  const std::size_t kept = lines_in(log.take_lines(kPlenty));
  EXPECT_GT(kept, 20U);
  EXPECT_EQ(log.lost_records(), 1000 - kept);
  const std::vector<std::string> faults = log.take_faults();
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0], std::to_string(1000 - kept) +
                           " log lines of calls were lost because they were not taken in time");
  // The counters know of all.
  ASSERT_EQ(log.counters().size(), 1U);
  EXPECT_EQ(log.counters()[0].calls, 1000U);
  log.finished(record_of(1), "");
  EXPECT_EQ(lines_in(log.take_lines(kPlenty)), 1U);
  EXPECT_TRUE(log.take_faults().empty());
}

TEST_F(CallLogTest, WithoutLinesCountsAllTheSame) {
  CallLog& log = start(kPlenty, false);
  log.finished(record_of(1), "");
  EXPECT_EQ(log.take_lines(kPlenty), "");
  EXPECT_EQ(log.lost_records(), 0U);
  ASSERT_EQ(log.counters().size(), 1U);
  EXPECT_EQ(wakes_.count(), 0);
}

TEST_F(CallLogTest, CountsByMethodStatusAndDuration) {
  CallLog& log = start();
  for (const std::int64_t duration : {-5, 0, 10'000, 10'001, 10'000'000, 10'000'001}) {
    CallRecord record = record_of(1);
    record.duration_ns = duration;
    log.finished(record, "");
  }
  log.finished(record_of(1, GrpcStatus::kInternal), "");
  log.finished(record_of(CallRecord::kUnknownMethod, GrpcStatus::kUnimplemented), "");
  const std::vector<CallCounter> counters = log.counters();
  ASSERT_EQ(counters.size(), 3U);
  EXPECT_EQ(counters[0].method, 1);
  EXPECT_EQ(counters[0].status, GrpcStatus::kOk);
  EXPECT_EQ(counters[0].calls, 6U);
  EXPECT_EQ(counters[0].request_bytes, 600U);
  EXPECT_EQ(counters[0].duration_ns, 20'020'002U);
  const std::array<std::uint64_t, 11> classes{3, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  EXPECT_EQ(counters[0].durations, classes);
  EXPECT_EQ(counters[1].status, GrpcStatus::kInternal);
  EXPECT_EQ(counters[2].method, CallRecord::kUnknownMethod);
}

TEST_F(CallLogTest, HandsIncidentsOverAtOnceAndBoundsThem) {
  CallLog& log = start();
  CallRecord failed = record_of(1, GrpcStatus::kInternal);
  failed.incident.assign("7e0a");
  log.finished(failed, "the cause");
  EXPECT_GE(wakes_.count(), 1);
  std::vector<Incident> incidents = log.take_incidents();
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].record.incident.view(), "7e0a");
  EXPECT_EQ(incidents[0].cause, "the cause");
  for (int i = 0; i < 300; ++i) {
    log.finished(failed, "the cause");
  }
  EXPECT_EQ(log.take_incidents().size(), 256U);
  EXPECT_EQ(log.take_faults(), std::vector<std::string>{"44 further calls failed inside"});
  EXPECT_TRUE(log.take_incidents().empty());
}

TEST_F(CallLogTest, BoundsFaults) {
  CallLog& log = start();
  for (int i = 0; i < 1000; ++i) {
    log.fault("too many resets");
  }
  EXPECT_EQ(log.take_faults().size(), 64U);
  EXPECT_TRUE(log.take_faults().empty());
}

TEST_F(CallLogTest, TakesRecordsOfTwoThreadsWhileAThirdReads) {
  CallLog& log = start();
  constexpr int kEach = 20'000;
  const auto write = [](void* target) -> void* {
    for (int i = 0; i < kEach; ++i) {
      static_cast<CallLog*>(target)->finished(record_of(1), "");
    }
    return nullptr;
  };
  std::array<pthread_t, 2> threads{};
  for (pthread_t& thread : threads) {
    ASSERT_EQ(pthread_create(&thread, nullptr, write, &log), 0);
  }
  std::size_t lines = 0;
  while (lines + log.lost_records() < 2 * kEach) {
    lines += lines_in(log.take_lines(kPlenty));
  }
  for (const pthread_t thread : threads) {
    pthread_join(thread, nullptr);
  }
  lines += lines_in(log.take_lines(kPlenty));
  EXPECT_EQ(lines + log.lost_records(), 2U * kEach);
  EXPECT_EQ(log.counters()[0].calls, 2U * kEach);
}

TEST(DelayedSignal, ComesOnceForManyRequestsAndEndsWithAnOpenOne) {
  Counter signals;
  auto made = DelayedSignal::start(std::chrono::milliseconds(1), [&signals] { signals.add(); });
  ASSERT_TRUE(made) << outcome(made);
  made.value()->arm();
  made.value()->arm();
  ASSERT_TRUE(signals.wait_for(1));
  made.value()->arm();
  ASSERT_TRUE(signals.wait_for(2));

  auto slow = DelayedSignal::start(std::chrono::hours(1), [] { FAIL(); });
  ASSERT_TRUE(slow) << outcome(slow);
  slow.value()->arm();
  std::move(slow).value().reset();
}

}  // namespace
}  // namespace cryptobroker::testing
