#include "native/http2/clock.h"

#include <ctime>

namespace cryptobroker {
namespace {

std::int64_t read_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

SystemClock::SystemClock() { refresh(); }

std::int64_t SystemClock::monotonic_ns() { return read_ns(CLOCK_MONOTONIC); }

void SystemClock::refresh() { offset_ns_ = read_ns(CLOCK_REALTIME) - read_ns(CLOCK_MONOTONIC); }

}  // namespace cryptobroker
