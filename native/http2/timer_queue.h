// Timers of one thread: a binary heap of objects that know their place in it, so that arming and
// disarming, which most calls do without ever expiring, allocate nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace cryptobroker {

class TimerQueue;

// Something that may be told that its time has come. Leaves the queue by itself when it dies.
class Timer {
 public:
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const { return queue_ != nullptr; }
  void disarm();

 protected:
  Timer() = default;
  ~Timer() { disarm(); }
  // Disarmed already; may arm itself anew.
  virtual void expired() = 0;

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  std::size_t index_ = 0;
  std::int64_t at_ns_ = 0;
};

class TimerQueue {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  TimerQueue() = default;
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Arms `timer` for that moment, whatever it was armed for before.
  void arm(Timer& timer, std::int64_t at_ns);
  // When the next one expires; kNever: none is armed.
  std::int64_t next_ns() const { return heap_.empty() ? kNever : heap_.front()->at_ns_; }
  void expire(std::int64_t now_ns);

 private:
  friend class Timer;
  void remove(Timer& timer);
  void place(std::size_t index, Timer* timer);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  std::vector<Timer*> heap_;
};

}  // namespace cryptobroker
