#include "native/crypto/process_end.h"

#include <pthread.h>
#include <unistd.h>

#include <ctime>
#include <memory>

#include "native/crypto/signals_blocked.h"

namespace cryptobroker {
namespace {

struct End {
  timespec delay;
  int exit_code;
};

void* wait_and_end(void* given) {
  const std::unique_ptr<End> end(static_cast<End*>(given));
  nanosleep(&end->delay, nullptr);
  _exit(end->exit_code);
}

}  // namespace

Status end_process_after(std::chrono::milliseconds delay, int exit_code) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(delay);
  const auto rest = std::chrono::nanoseconds(delay - seconds);
  auto end = std::make_unique<End>(
      End{{static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())}, exit_code});
  const AllSignalsBlocked blocked;
  pthread_t thread;
  if (pthread_create(&thread, nullptr, wait_and_end, end.get()) != 0) {
    return internal_error("starting the last thread");
  }
  static_cast<void>(end.release());  // The thread's now.
  pthread_detach(thread);
  return Done{};
}

}  // namespace cryptobroker
