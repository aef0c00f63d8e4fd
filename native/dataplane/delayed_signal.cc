#include "native/dataplane/delayed_signal.h"

#include <utility>

#include "native/crypto/signals_blocked.h"

namespace cryptobroker {

DelayedSignal::DelayedSignal(std::chrono::milliseconds delay, std::function<void()> signal)
    : delay_(delay), signal_(std::move(signal)) {}

Result<std::unique_ptr<DelayedSignal>> DelayedSignal::start(std::chrono::milliseconds delay,
                                                            std::function<void()> signal) {
  std::unique_ptr<DelayedSignal> made(new DelayedSignal(delay, std::move(signal)));
  const auto enter = [](void* self) -> void* {
    static_cast<DelayedSignal*>(self)->run();
    return nullptr;
  };
  {
    const AllSignalsBlocked blocked;
    // pthread_create and not std::thread, which can only report failure by an exception.
    made->started_ = pthread_create(&made->thread_, nullptr, enter, made.get()) == 0;
  }
  if (!made->started_) {
    return internal_error("starting the log thread");
  }
  pthread_setname_np(made->thread_, "crypto-log");
  return made;
}

DelayedSignal::~DelayedSignal() {
  if (!started_) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  pthread_join(thread_, nullptr);
}

void DelayedSignal::arm() {
  {
    const std::lock_guard lock(mutex_);
    if (armed_) {
      return;
    }
    armed_ = true;
  }
  changed_.notify_one();
}

void DelayedSignal::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || armed_; });
    if (changed_.wait_for(lock, delay_, [this] { return stopping_; })) {
      return;
    }
    armed_ = false;
    lock.unlock();
    signal_();
    lock.lock();
  }
}

}  // namespace cryptobroker
