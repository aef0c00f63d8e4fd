// Calls a function a little after it was asked to, on a thread of its own, so that what comes in
// between is dealt with together. Costs nothing while nobody asks.
#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "native/crypto/errors.h"

namespace cryptobroker {

class DelayedSignal {
 public:
  // `signal` must not block. INTERNAL when the system gives no thread.
  static Result<std::unique_ptr<DelayedSignal>> start(std::chrono::milliseconds delay,
                                                      std::function<void()> signal);
  // Joins the thread; what was asked for and has not happened does not happen.
  ~DelayedSignal();
  DelayedSignal(const DelayedSignal&) = delete;
  DelayedSignal& operator=(const DelayedSignal&) = delete;

  // From any thread. Asking again before it has happened changes nothing.
  void arm();

 private:
  DelayedSignal(std::chrono::milliseconds delay, std::function<void()> signal);
  void run();

  const std::chrono::milliseconds delay_;
  const std::function<void()> signal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool armed_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  bool started_ = false;
  pthread_t thread_{};
};

}  // namespace cryptobroker
