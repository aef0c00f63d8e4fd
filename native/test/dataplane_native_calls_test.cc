#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "native/dataplane/native_calls.h"
#include "native/test/support/dataplane_counter.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// Work that waits for a gate, and counts when it begins and when it is gone.
class GatedWork final : public CallWork {
 public:
  struct Watch {
    Counter begun;
    Counter gate;
    Counter gone;
  };
  explicit GatedWork(Watch& watch) : watch_(watch) {}
  ~GatedWork() override { watch_.gone.add(); }
  void run(Answer& answer) override {
    watch_.begun.add();
    EXPECT_TRUE(watch_.gate.wait_for(1));
    answer.framed.push_back('r');
  }

 private:
  Watch& watch_;
};

// Answers a message of one byte at once; longer ones are work.
class FakeMethod final : public NativeMethod {
 public:
  explicit FakeMethod(GatedWork::Watch& watch) : watch_(watch) {}
  std::string_view path() const override { return "/a.A/Fake"; }
  bool secret() const override { return false; }
  std::unique_ptr<CallWork> begin(std::vector<std::uint8_t>& message,
                                  Answer& answer) const override {
    answer.facts.profile = "Default";
    if (message.size() == 1) {
      answer.framed.push_back(message[0]);
      return nullptr;
    }
    return std::make_unique<GatedWork>(watch_);
  }

 private:
  GatedWork::Watch& watch_;
};

class NativeCallsTest : public ::testing::Test {
 protected:
  static constexpr std::uint16_t kFirst = 3;

  NativeCallsTest() : method_(watch_) {
    auto pool = WorkerPool::start(1, 2);
    EXPECT_TRUE(pool) << outcome(pool);
    pool_ = std::move(pool).value();
    NativeCalls::Options options;
    options.methods = {&method_};
    options.first = kFirst;
    options.pool = pool_.get();
    calls_ = std::make_unique<NativeCalls>(options);
    calls_->answer_to([this](CallToken token, Answer answer) {
      {
        const std::lock_guard lock(mutex_);
        answers_.emplace_back(token, std::move(answer));
      }
      answered_.add();
    });
  }
  ~NativeCallsTest() override { watch_.gate.add(); }

  // True when it was answered at once.
  bool request(CallToken token, std::size_t size, Answer& answer) {
    std::vector<std::uint8_t> message(size, 'm');
    return calls_->on_request({token, kFirst, 0}, message, answer);
  }
  // True when the call waits for its work.
  bool long_request(CallToken token) {
    Answer answer;
    const bool waits = !request(token, 2, answer);
    EXPECT_EQ(waits, !answer.failure.has_value());
    EXPECT_EQ(answer.facts.profile, "Default");
    return waits;
  }

  GatedWork::Watch watch_;
  FakeMethod method_;
  std::mutex mutex_;
  std::vector<std::pair<CallToken, Answer>> answers_;
  Counter answered_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<NativeCalls> calls_;
};

TEST_F(NativeCallsTest, AnswersShortCallsAtOnce) {
  Answer answer;
  EXPECT_TRUE(request(1, 1, answer));
  EXPECT_EQ(answer.framed.size(), kMessagePrefix + 1);
  EXPECT_EQ(answer.framed.back(), 'm');
}

TEST_F(NativeCallsTest, AnswersLongCallsFromThePool) {
  ASSERT_TRUE(long_request(9));
  watch_.gate.add();
  ASSERT_TRUE(answered_.wait_for(1));
  EXPECT_EQ(answers_[0].first, 9U);
  EXPECT_EQ(answers_[0].second.framed.back(), 'r');
  EXPECT_EQ(answers_[0].second.facts.profile, "Default");
  EXPECT_EQ(watch_.gone.count(), 1)
      << "what work holds may be secret, and is gone before its answer";
}

TEST_F(NativeCallsTest, RefusesWhatTheQueueHasNoRoomFor) {
  ASSERT_TRUE(long_request(1));
  ASSERT_TRUE(watch_.begun.wait_for(1));
  EXPECT_TRUE(long_request(2));
  EXPECT_TRUE(long_request(3));
  Answer answer;
  ASSERT_TRUE(request(4, 2, answer));
  ASSERT_TRUE(answer.failure);
  EXPECT_EQ(answer.failure->status, GrpcStatus::kResourceExhausted);
  EXPECT_EQ(answer.failure->code, "QUEUE_FULL");
  EXPECT_EQ(answer.failure->details, "too many operations are waiting");
  EXPECT_EQ(answer.facts.profile, "Default");
  EXPECT_EQ(watch_.gone.count(), 1);
  watch_.gate.add();
  EXPECT_TRUE(answered_.wait_for(3));
}

TEST_F(NativeCallsTest, DoesNotBeginWorkThatNobodyWaitsForAndGivesItsPlaceAway) {
  ASSERT_TRUE(long_request(1));
  ASSERT_TRUE(watch_.begun.wait_for(1));
  for (CallToken token = 2; token < 100; token += 2) {
    ASSERT_TRUE(long_request(token));
    ASSERT_TRUE(long_request(token + 1));
    calls_->on_cancelled(token, CancelReason::kCancelled);
    calls_->on_cancelled(token + 1, CancelReason::kDeadlineExceeded);
  }
  EXPECT_EQ(watch_.gone.count(), 98);
  ASSERT_TRUE(long_request(100));
  // The one that runs is not interrupted; its answer finds nobody.
  calls_->on_cancelled(1, CancelReason::kCancelled);
  calls_->on_cancelled(12345, CancelReason::kCancelled);
  watch_.gate.add();
  ASSERT_TRUE(answered_.wait_for(2));
  EXPECT_EQ(watch_.begun.count(), 2);
  EXPECT_EQ(answers_[0].first, 1U);
  EXPECT_EQ(answers_[1].first, 100U);
}

TEST_F(NativeCallsTest, EndsWithWorkRunningAndWaiting) {
  ASSERT_TRUE(long_request(1));
  ASSERT_TRUE(watch_.begun.wait_for(1));
  ASSERT_TRUE(long_request(2));
  watch_.gate.add();
  calls_->close();
  EXPECT_LE(answered_.count(), 2);
  EXPECT_EQ(watch_.gone.count(), 2);
  // Later calls get no answer from here: their connections are about to end.
  const int answered = answered_.count();
  EXPECT_TRUE(long_request(3));
  calls_->close();
  EXPECT_EQ(answered_.count(), answered);
  EXPECT_EQ(watch_.gone.count(), 3);
}

TEST_F(NativeCallsTest, LeavesThePlacesOfOthersInThePoolAlone) {
  ASSERT_TRUE(long_request(1));
  ASSERT_TRUE(watch_.begun.wait_for(1));
  ASSERT_TRUE(long_request(2));
  NativeCalls::Options options;
  options.methods = {&method_};
  options.pool = pool_.get();
  NativeCalls other(options);
  other.close();
  watch_.gate.add();
  EXPECT_TRUE(answered_.wait_for(2));
}

}  // namespace
}  // namespace cryptobroker::testing
