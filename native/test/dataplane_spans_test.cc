#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/dataplane/call_log.h"
#include "native/dataplane/span_sampler.h"
#include "native/test/support/dataplane_counter.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

constexpr std::uint64_t kAll = std::uint64_t{1} << 32;
constexpr std::uint64_t kHalf = kAll / 2;

std::optional<TraceParent> parent_of(std::string_view trace_id, std::string_view flags) {
  return trace_parent_of(trace_id, "00f067aa0ba902b7", flags, "");
}

// Their words folded are 1 and 2^31 + 1.
const std::string kLowTrace = "00000001000000000000000000000000";
const std::string kHighTrace = "80000001000000000000000000000000";

TEST(SpanSampler, FollowsAParent) {
  SpanSampler sampler({.by_parent = true, .threshold = 0}, 1);
  EXPECT_TRUE(sampler.wants(parent_of(kHighTrace, "01")));
  EXPECT_FALSE(sampler.wants(parent_of(kHighTrace, "00")));
  EXPECT_FALSE(sampler.wants(std::nullopt));
}

TEST(SpanSampler, DecidesByTheTraceWhereParentsDoNot) {
  SpanSampler sampler({.by_parent = false, .threshold = kHalf}, 1);
  for (const char* flags : {"00", "01"}) {
    EXPECT_TRUE(sampler.wants(parent_of(kLowTrace, flags)));
    EXPECT_FALSE(sampler.wants(parent_of(kHighTrace, flags)));
  }
  // All four words count.
  EXPECT_FALSE(sampler.wants(parent_of("00000001000000000000000080000000", "01")));
}

TEST(SpanSampler, TakesTheShareOfRootsThatItWasGiven) {
  for (const std::uint64_t share : {0U, 1U, 50U, 100U}) {
    SpanSampler sampler({.by_parent = true, .threshold = kAll * share / 100}, 7);
    std::uint64_t sampled = 0;
    constexpr std::uint64_t kCalls = 100'000;
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      sampled += sampler.wants(std::nullopt) ? 1 : 0;
    }
    const std::uint64_t expected = kCalls / 100 * share;
    // Four standard deviations of one half.
    EXPECT_NEAR(static_cast<double>(sampled), static_cast<double>(expected), 640) << share;
  }
}

class SpansTest : public ::testing::Test {
 protected:
  CallLog& start(std::optional<SpanSampling> spans, std::size_t capacity = 8192,
                 bool log_calls = false) {
    CallLog::Options options;
    options.paths = {"/a.Script/Call", "/b.Native/Call"};
    options.script_methods = 1;
    options.log_calls = log_calls;
    options.service = "test";
    options.spans = spans;
    options.span_capacity = capacity;
    options.wake = [this] { wakes_.add(); };
    auto made = CallLog::start(std::move(options));
    EXPECT_TRUE(made) << outcome(made);
    log_ = std::move(made).value();
    return *log_;
  }

  static void end_call(CallLog& log, const SpanFacts& facts, std::int64_t duration = 1000) {
    CallRecord record;
    record.method = 1;
    record.duration_ns = duration;
    record.profile.assign("Default");
    record.span = &facts;
    log.finished(record, "");
  }

  static constexpr SpanSampling kEverything{.by_parent = true, .threshold = kAll};
  Counter wakes_;
  std::unique_ptr<CallLog> log_;
};

TEST_F(SpansTest, AreGivenInOrderWithAllThatWasKnown) {
  CallLog& log = start(kEverything);
  SpanFacts facts;
  facts.parent = parent_of(kLowTrace, "01");
  facts.parent->state = "a=1";
  facts.set(SpanSize::kInput, 3);
  facts.hash_algorithm = "sha3-512";
  for (std::int64_t i = 0; i < 300; ++i) {
    end_call(log, facts, i);
  }
  std::int64_t next = 0;
  for (auto spans = log.take_spans(); !spans.empty(); spans = log.take_spans()) {
    EXPECT_LE(spans.size(), 256U);
    for (const SpanRecord& span : spans) {
      EXPECT_EQ(span.call.duration_ns, next++);
      EXPECT_EQ(span.call.span, nullptr);
      EXPECT_EQ(span.call.profile.view(), "Default");
      EXPECT_EQ(span.facts.parent->trace(), kLowTrace);
      EXPECT_EQ(span.facts.parent->state, "a=1");
      EXPECT_EQ(span.facts.sizes[static_cast<std::size_t>(SpanSize::kInput)], 3);
      EXPECT_EQ(span.facts.sizes[static_cast<std::size_t>(SpanSize::kCsr)], SpanFacts::kAbsent);
      EXPECT_EQ(span.facts.hash_algorithm, "sha3-512");
    }
  }
  EXPECT_EQ(next, 300);
}

TEST_F(SpansTest, WakeTheScriptALittleLater) {
  CallLog& log = start(kEverything);
  end_call(log, {});
  ASSERT_TRUE(wakes_.wait_for(1));
  EXPECT_EQ(log.take_spans().size(), 1U);
  end_call(log, {});
  ASSERT_TRUE(wakes_.wait_for(2));
}

TEST_F(SpansTest, WakeTheScriptAtOnceWhenThereAreMany) {
  CallLog& log = start(kEverything, 40);
  for (int i = 0; i < 11; ++i) {
    end_call(log, {});
  }
  EXPECT_GE(wakes_.count(), 1);
}

TEST_F(SpansTest, AreLostAndCountedWhenNobodyTakesThem) {
  CallLog& log = start(kEverything, 10);
  for (int i = 0; i < 15; ++i) {
    end_call(log, {});
  }
  EXPECT_EQ(log.lost_records(), 5U);
  EXPECT_EQ(log.take_spans().size(), 10U);
  EXPECT_TRUE(log.take_spans().empty());
  EXPECT_EQ(
      log.take_faults(),
      std::vector<std::string>{"5 spans of calls were lost because they were not taken in time"});
  for (int i = 0; i < 12; ++i) {
    end_call(log, {});
  }
  EXPECT_EQ(log.take_spans().size(), 10U);
  EXPECT_EQ(log.lost_records(), 7U);
  // Within a second of the last time.
  EXPECT_TRUE(log.take_faults().empty());
  ASSERT_EQ(log.counters().size(), 1U);
  EXPECT_EQ(log.counters()[0].calls, 27U);
}

TEST_F(SpansTest, AreOfSampledCallsAlone) {
  CallLog& log = start(SpanSampling{.by_parent = true, .threshold = 0});
  SpanFacts facts;
  end_call(log, facts);
  facts.parent = parent_of(kLowTrace, "00");
  end_call(log, facts);
  facts.parent = parent_of(kLowTrace, "01");
  end_call(log, facts);
  EXPECT_EQ(log.take_spans().size(), 1U);
}

TEST_F(SpansTest, AreNotKeptWhenCallsAreNotTraced) {
  CallLog& log = start(std::nullopt);
  end_call(log, {});
  EXPECT_TRUE(log.take_spans().empty());
  EXPECT_EQ(wakes_.count(), 0);
}

TEST_F(SpansTest, AnIncidentDoesNotKeepLaterLinesFromTheScript) {
  CallLog& log = start(std::nullopt, 8192, true);
  CallRecord failed;
  failed.method = 1;
  failed.incident.assign("7e0a");
  log.finished(failed, "the cause");
  ASSERT_TRUE(wakes_.wait_for(1));
  EXPECT_FALSE(log.take_lines(1 << 20).empty());
  const int before = wakes_.count();
  failed.incident.assign("");
  log.finished(failed, "");
  ASSERT_TRUE(wakes_.wait_for(before + 1));
}

TEST_F(SpansTest, CallsAreCountedByTheirProfile) {
  CallLog& log = start(std::nullopt);
  for (const std::uint16_t profile : {0, 2, 2, 5}) {
    CallRecord record;
    record.method = 1;
    record.profile_number = profile;
    log.finished(record, "");
  }
  const auto counters = log.counters();
  ASSERT_EQ(counters.size(), 1U);
  EXPECT_EQ(counters[0].calls, 4U);
  ASSERT_EQ(counters[0].profiles.size(), 2U);
  EXPECT_EQ(counters[0].profiles[0].profile, 2);
  EXPECT_EQ(counters[0].profiles[0].calls, 2U);
  EXPECT_EQ(counters[0].profiles[1].profile, 5);
  EXPECT_EQ(counters[0].profiles[1].calls, 1U);
}

}  // namespace
}  // namespace cryptobroker::testing
