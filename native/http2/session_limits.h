// What a session allows its client beside Http2Limits, and how it counts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cryptobroker {

// Frames are put together up to about this much, then written.
inline constexpr std::size_t kOutputBatch = 256 * 1024;
// Resets of streams that one client may cause: at once, and in a second.
inline constexpr std::int64_t kResetBurst = 1000;
inline constexpr std::int64_t kResetsPerSecond = 200;
// Frames that carry no message: this many at once, and in a second. Every call allows some more,
// for there are clients that send a PING along with each (grpc-go's bandwidth estimator).
inline constexpr std::int64_t kOverheadBurst = 2000;
inline constexpr std::int64_t kOverheadPerSecond = 500;
inline constexpr std::int64_t kOverheadPerCall = 8;
inline constexpr std::string_view kTooManyFrames =
    "a connection sent too many frames without a message";

inline std::int64_t nanoseconds(std::chrono::milliseconds duration) {
  return std::chrono::nanoseconds(duration).count();
}

}  // namespace cryptobroker
