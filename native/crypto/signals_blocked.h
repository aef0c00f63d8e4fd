// Keeps signals from the threads that are started meanwhile, which inherit the mask: a thread of
// ours must not be chosen to handle one, because Node's main thread does that.
#pragma once

#include <signal.h>

namespace cryptobroker {

// Blocks all signals on this thread as long as it lives.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace cryptobroker
