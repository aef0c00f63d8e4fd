// Time as the server sees it: a clock that never goes back, and what to add to it for the time of
// day.
#pragma once

#include <cstdint>

namespace cryptobroker {

class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since some moment in the past.
  virtual std::int64_t monotonic_ns() = 0;
  // Nanoseconds that turn monotonic_ns() into nanoseconds since 1970.
  virtual std::int64_t unix_offset_ns() = 0;
};

// The system's clocks. The offset is that of the last refresh(): asking for the time of day once
// per batch of events instead of once per call is enough for a log.
class SystemClock final : public Clock {
 public:
  SystemClock();
  std::int64_t monotonic_ns() override;
  std::int64_t unix_offset_ns() override { return offset_ns_; }
  void refresh();

 private:
  std::int64_t offset_ns_ = 0;
};

}  // namespace cryptobroker
