#include "native/crypto/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// Opens once, for all who wait.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class FunctionJob final : public Job {
 public:
  explicit FunctionJob(
      std::function<void()> run, std::function<void()> cancel = [] {})
      : run_(std::move(run)), cancel_(std::move(cancel)) {}
  void run() override { run_(); }
  void cancel() override { cancel_(); }

 private:
  std::function<void()> run_;
  std::function<void()> cancel_;
};

// Counts what comes back and lets a test wait for it.
class CountingOwner final : public JobOwner {
 public:
  void finished(std::unique_ptr<Job> job) override {
    job.reset();
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

std::unique_ptr<WorkerPool> pool_of(std::size_t threads, std::size_t capacity) {
  auto pool = WorkerPool::start(threads, capacity);
  EXPECT_TRUE(pool) << outcome(pool);
  return std::move(pool).value();
}

std::unique_ptr<Job> job(std::function<void()> run) {
  return std::make_unique<FunctionJob>(std::move(run));
}

TEST(WorkerPoolTest, RunsEveryJobOnceAndGivesItBack) {
  CountingOwner owner;
  std::atomic<int> ran = 0;
  const auto pool = pool_of(2, 100);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool->submit(owner, job([&] { ++ran; })));
  }
  owner.wait_for(100);
  EXPECT_EQ(ran, 100);
}

TEST(WorkerPoolTest, RunsAsManyJobsAtOnceAsItHasThreads) {
  CountingOwner owner;
  Gate first, second;
  const auto pool = pool_of(2, 4);
  // Each waits for the other: one thread alone would never end.
  ASSERT_TRUE(pool->submit(owner, job([&] {
                             first.open();
                             second.wait();
                           })));
  ASSERT_TRUE(pool->submit(owner, job([&] {
                             second.open();
                             first.wait();
                           })));
  owner.wait_for(2);
}

TEST(WorkerPoolTest, RefusesMoreThanMayWait) {
  CountingOwner owner;
  Gate started, release;
  const auto pool = pool_of(1, 2);
  ASSERT_TRUE(pool->submit(owner, job([&] {
                             started.open();
                             release.wait();
                           })));
  started.wait();
  EXPECT_TRUE(pool->submit(owner, job([] {})));
  EXPECT_TRUE(pool->submit(owner, job([] {})));
  const Status full = pool->submit(owner, job([] {}));
  EXPECT_EQ(outcome(full).substr(0, 10), "QUEUE_FULL");
  const WorkerPool::Stats stats = pool->stats();
  EXPECT_EQ(stats.threads, 1u);
  EXPECT_EQ(stats.running, 1u);
  EXPECT_EQ(stats.queued, 2u);
  EXPECT_EQ(stats.capacity, 2u);
  release.open();
  owner.wait_for(3);
  EXPECT_TRUE(pool->submit(owner, job([] {})));
  owner.wait_for(4);
}

TEST(WorkerPoolTest, DropsWaitingAndCancelsRunningJobsOfAnOwnerThatWithdraws) {
  CountingOwner leaving, staying;
  Gate started, cancelled;
  std::atomic<int> ran = 0;
  const auto pool = pool_of(1, 10);
  ASSERT_TRUE(pool->submit(leaving, std::make_unique<FunctionJob>(
                                        [&] {
                                          started.open();
                                          cancelled.wait();
                                        },
                                        [&] { cancelled.open(); })));
  ASSERT_TRUE(pool->submit(leaving, job([&] { ++ran; })));
  ASSERT_TRUE(pool->submit(staying, job([&] { ++ran; })));
  started.wait();
  pool->withdraw(leaving);
  const int given_back = leaving.count();
  staying.wait_for(1);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(leaving.count(), given_back) << "nothing comes back after withdraw()";
}

TEST(WorkerPoolTest, EndsWithJobsWaiting) {
  CountingOwner owner;
  Gate started;
  std::atomic<bool> cancelled = false;
  {
    Gate release;
    const auto pool = pool_of(1, 10);
    ASSERT_TRUE(pool->submit(owner, std::make_unique<FunctionJob>(
                                        [&] {
                                          started.open();
                                          release.wait();
                                        },
                                        [&] {
                                          cancelled = true;
                                          release.open();
                                        })));
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(pool->submit(owner, job([] { FAIL() << "was waiting"; })));
    }
    started.wait();
  }
  EXPECT_TRUE(cancelled);
}

}  // namespace
}  // namespace cryptobroker::testing
