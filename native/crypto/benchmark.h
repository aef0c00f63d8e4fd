// Times an operation inside the core, without the cost of reaching it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "native/crypto/errors.h"

namespace cryptobroker {

// Repeats `operation` (a callable that returns a Result) for about `duration` after a warm-up of a
// tenth of it, and returns the mean in nanoseconds. Ends with the operation's error, or early once
// `cancelled` is set.
template <typename Operation>
Result<double> measure(std::chrono::milliseconds duration, const std::atomic<bool>& cancelled,
                       Operation operation) {
  using Clock = std::chrono::steady_clock;
  // Rounds grow until the clock's own cost (25 ns) no longer shows, and stay short enough to end in
  // time.
  constexpr auto kRound = std::chrono::microseconds(200);
  std::uint64_t per_round = 1;
  const auto run_until = [&](Clock::time_point end, std::uint64_t& operations) -> Status {
    while (Clock::now() < end && !cancelled.load(std::memory_order_relaxed)) {
      const auto begin = Clock::now();
      for (std::uint64_t i = 0; i < per_round; ++i) {
        if (const auto result = operation(); !result) {
          return result.error();
        }
      }
      operations += per_round;
      if (Clock::now() - begin < kRound) {
        per_round *= 2;
      }
    }
    return Done{};
  };

  std::uint64_t operations = 0;
  if (const Status warm = run_until(Clock::now() + duration / 10, operations); !warm) {
    return warm.error();
  }
  operations = 0;
  const auto begin = Clock::now();
  if (const Status timed = run_until(begin + duration, operations); !timed) {
    return timed.error();
  }
  const std::chrono::duration<double, std::nano> elapsed = Clock::now() - begin;
  if (operations == 0) {
    return Error{ErrorCode::INTERNAL, "the benchmark was cancelled", {}};
  }
  return elapsed.count() / static_cast<double>(operations);
}

}  // namespace cryptobroker
