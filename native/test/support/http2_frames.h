// Frames of HTTP/2 by hand, for what no well-made client would send (RFC 9113 §4.1).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"

namespace cryptobroker::testing {

using FrameBytes = std::vector<std::uint8_t>;

FrameBytes http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                       const FrameBytes& payload);
// What a client begins with: these octets (RFC 9113 §3.4), and empty SETTINGS.
inline constexpr std::string_view kHttp2Magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
FrameBytes http2_preface();
// The header block of a call, without compression.
FrameBytes http2_header_block(std::string_view path);
// The same bytes many times over.
FrameBytes repeated(std::size_t times, const FrameBytes& one);
// The error code of the last GOAWAY among whole frames.
std::optional<std::uint32_t> goaway_in(Bytes frames);

}  // namespace cryptobroker::testing
