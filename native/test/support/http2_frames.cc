#include "native/test/support/http2_frames.h"

#include "native/test/support/http2_client.h"

namespace cryptobroker::testing {
namespace {

constexpr std::size_t kFrameHeader = 9;

}  // namespace

FrameBytes http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                       const FrameBytes& payload) {
  const auto size = payload.size();
  FrameBytes bytes = {static_cast<std::uint8_t>(size >> 16),
                      static_cast<std::uint8_t>(size >> 8),
                      static_cast<std::uint8_t>(size),
                      type,
                      flags,
                      static_cast<std::uint8_t>(stream >> 24),
                      static_cast<std::uint8_t>(stream >> 16),
                      static_cast<std::uint8_t>(stream >> 8),
                      static_cast<std::uint8_t>(stream)};
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

FrameBytes http2_preface() {
  FrameBytes bytes(kHttp2Magic.begin(), kHttp2Magic.end());
  const FrameBytes settings = http2_frame(NGHTTP2_SETTINGS, 0, 0, {});
  bytes.insert(bytes.end(), settings.begin(), settings.end());
  return bytes;
}

FrameBytes http2_header_block(std::string_view path) {
  FrameBytes block;
  for (const auto& [name, value] : grpc_headers(path)) {
    block.push_back(0);
    block.push_back(static_cast<std::uint8_t>(name.size()));
    block.insert(block.end(), name.begin(), name.end());
    block.push_back(static_cast<std::uint8_t>(value.size()));
    block.insert(block.end(), value.begin(), value.end());
  }
  return block;
}

FrameBytes repeated(std::size_t times, const FrameBytes& one) {
  FrameBytes all;
  all.reserve(times * one.size());
  for (std::size_t i = 0; i < times; ++i) {
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::optional<std::uint32_t> goaway_in(Bytes frames) {
  std::optional<std::uint32_t> found;
  while (frames.size() >= kFrameHeader) {
    const std::size_t size = static_cast<std::size_t>(frames[0]) << 16 |
                             static_cast<std::size_t>(frames[1]) << 8 | frames[2];
    const Bytes rest = frames.subspan(kFrameHeader);
    if (rest.size() < size) {
      break;
    }
    if (frames[3] == NGHTTP2_GOAWAY && size >= 8) {
      found = static_cast<std::uint32_t>(rest[4]) << 24 |
              static_cast<std::uint32_t>(rest[5]) << 16 | static_cast<std::uint32_t>(rest[6]) << 8 |
              rest[7];
    }
    frames = rest.subspan(size);
  }
  return found;
}

}  // namespace cryptobroker::testing
