// The nine bytes before every frame (RFC 9113 §4.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cryptobroker {

using FrameHeader = std::array<std::uint8_t, 9>;
// Where in them the type is.
inline constexpr std::size_t kFrameType = 3;
// A payload of this length is welcome everywhere (§4.2).
inline constexpr std::size_t kFramePayload = 16 * 1024;

inline FrameHeader frame_header(std::size_t length, std::uint8_t type, std::uint8_t flags,
                                std::int32_t stream_id) {
  const auto byte = [](auto value) { return static_cast<std::uint8_t>(value); };
  return {byte(length >> 16),    byte(length >> 8),     byte(length),         type,           flags,
          byte(stream_id >> 24), byte(stream_id >> 16), byte(stream_id >> 8), byte(stream_id)};
}

}  // namespace cryptobroker
