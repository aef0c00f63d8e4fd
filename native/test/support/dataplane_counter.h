// A count that other threads raise, to be waited for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace cryptobroker::testing {

// Counts; waits until it has counted so far. Every wait ends after ten seconds.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  [[nodiscard]] bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

}  // namespace cryptobroker::testing
