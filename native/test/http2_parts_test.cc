// Timers, token buckets, the ledger of streams, the log of faults, and queues of replies.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "native/http2/reply_queue.h"
#include "native/http2/stream_ledger.h"
#include "native/test/support/http2_session.h"

namespace cryptobroker::testing {
namespace {

class NotingTimer final : public Timer {
 public:
  NotingTimer(std::vector<int>& fired, int name) : fired_(fired), name_(name) {}
  NotingTimer(NotingTimer&&) = delete;

 private:
  void expired() override { fired_.push_back(name_); }
  std::vector<int>& fired_;
  int name_;
};

TEST(Http2TimerTest, ExpiresTimersInOrderHoweverTheyWereArmed) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    TimerQueue queue;
    std::vector<int> fired;
    std::vector<std::unique_ptr<NotingTimer>> timers;
    std::vector<int> expected;
    for (int i = 0; i < 100; ++i) {
      timers.push_back(std::make_unique<NotingTimer>(fired, i));
    }
    std::vector<int> order(100);
    for (int i = 0; i < 100; ++i) {
      order[static_cast<std::size_t>(i)] = i;
    }
    std::shuffle(order.begin(), order.end(), random);
    for (const int i : order) {
      queue.arm(*timers[static_cast<std::size_t>(i)], 5000);
      queue.arm(*timers[static_cast<std::size_t>(i)], 10 * i);
    }
    for (int i = 0; i < 100; ++i) {
      if (random() % 3 == 0) {
        timers[static_cast<std::size_t>(i)]->disarm();
        EXPECT_FALSE(timers[static_cast<std::size_t>(i)]->armed());
      } else if (i <= 50) {
        expected.push_back(i);
      }
    }
    queue.expire(500);
    EXPECT_EQ(fired, expected);
    EXPECT_GT(queue.next_ns(), 500);
  }
}

TEST(Http2TimerTest, ForgetsATimerThatDies) {
  TimerQueue queue;
  std::vector<int> fired;
  {
    NotingTimer timer(fired, 1);
    queue.arm(timer, 10);
    EXPECT_EQ(queue.next_ns(), 10);
  }
  EXPECT_EQ(queue.next_ns(), TimerQueue::kNever);
  NotingTimer outliving(fired, 2);
  {
    TimerQueue other;
    other.arm(outliving, 10);
  }
  EXPECT_FALSE(outliving.armed());
}

TEST(Http2TokenBucketTest, AllowsABurstAndThenARate) {
  StandingClock clock;
  TokenBucket bucket(10, 100, clock);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(bucket.take());
  }
  EXPECT_FALSE(bucket.take());
  clock.now_ns += 10 * kMillisecond;
  EXPECT_TRUE(bucket.take());
  EXPECT_FALSE(bucket.take());
  clock.now_ns += 3'600'000 * kMillisecond;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(bucket.take());
  }
  EXPECT_FALSE(bucket.take());
  bucket.credit(3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(bucket.take());
  }
  EXPECT_FALSE(bucket.take());
  bucket.credit(1000);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(bucket.take());
  }
  EXPECT_FALSE(bucket.take()) << "never more than the burst";
}

TEST(Http2StreamLedgerTest, TellsASenderToWaitAndOnceToGoOn) {
  StreamLedger ledger;
  using Room = StreamLedger::Room;
  EXPECT_EQ(ledger.add(1, 10), Room::kGone);
  ledger.open(1);
  EXPECT_EQ(ledger.add(1, StreamLedger::kHighWater), Room::kFree);
  EXPECT_FALSE(ledger.sent(1, 10)) << "nobody was told to wait";
  EXPECT_EQ(ledger.add(1, 20), Room::kFull);
  EXPECT_FALSE(ledger.sent(1, StreamLedger::kHighWater / 2));
  EXPECT_TRUE(ledger.sent(1, StreamLedger::kHighWater / 2));
  EXPECT_FALSE(ledger.sent(1, 10)) << "once";
  ledger.close(1);
  EXPECT_EQ(ledger.add(1, 10), Room::kGone);
  EXPECT_FALSE(ledger.sent(1, 10));
}

TEST(Http2FaultLogTest, SaysTheSameOnceInAWhileAndHowOftenItWas) {
  RememberingObserver observer;
  FaultLog faults(observer);
  faults.report("one", 0);
  faults.report("two", 1);
  for (int i = 0; i < 5; ++i) {
    faults.report("one", i);
  }
  faults.report("one", FaultLog::kQuietNs - 1);
  EXPECT_EQ(observer.faults, (std::vector<std::string>{"one", "two"}));
  faults.report("one", FaultLog::kQuietNs);
  faults.report("one", 3 * FaultLog::kQuietNs);
  EXPECT_EQ(observer.faults, (std::vector<std::string>{
                                 "one", "two", "one (and 6 more since the last time)", "one"}));
}

TEST(Http2ReplyQueueTest, GivesBytesInTheOrderInWhichTheyCame) {
  ReplyQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.push({1, 2, 3});
  queue.push({4, 5});
  queue.push({6});
  EXPECT_EQ(queue.size(), 6u);
  std::vector<std::uint8_t> taken;
  while (!queue.empty()) {
    const Bytes part = queue.front(std::min<std::size_t>(2, queue.contiguous()));
    taken.insert(taken.end(), part.begin(), part.end());
    queue.pop(part.size());
    if (taken.size() == 3) {
      queue.push({7});
    }
  }
  EXPECT_EQ(taken, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7}));
  queue.push({8});
  EXPECT_GE(queue.reset().capacity(), 1u);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace cryptobroker::testing
