// The clocks a measurement needs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>

namespace bench {

// Nanoseconds of CLOCK_MONOTONIC.
inline std::uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// Nanoseconds of processor time, user and system, of all threads of a process, those that have
// ended included; 0 when there is no such process. /proc/PID/stat would tell hundredths of a
// second.
inline std::uint64_t processor_time(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace bench
