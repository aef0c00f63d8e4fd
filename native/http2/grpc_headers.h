// Request headers as gRPC reads them, and response headers as it writes them (PROTOCOL-HTTP2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cryptobroker {

// application/grpc, alone or with the protobuf codec named: no other codec is spoken here. Which of
// it may be in capitals is as with @grpc/grpc-js.
bool is_grpc_content_type(std::string_view value);

// Nanoseconds of a grpc-timeout: at most 8 digits and a unit. Nothing when it is not one. Timeouts
// beyond the longest are kNoTimeout; shorter ones than the shortest, which is one tick of the
// timers of @grpc/grpc-js, are that: a call that takes no time meets a deadline of no time.
inline constexpr std::int64_t kNoTimeout = 0;
inline constexpr std::int64_t kShortestTimeoutNs = 1'000'000;
inline constexpr std::int64_t kLongestTimeoutNs = 2'147'483'647LL * 1'000'000;
std::optional<std::int64_t> parse_grpc_timeout(std::string_view value);

// grpc-message percent-encoded: what JavaScript's encodeURI leaves as it is stays so, on both
// transports.
std::string encode_grpc_message(std::string_view text);

// A path for an error text: the first 80 bytes, everything but printable ASCII escaped.
std::string printable_path(std::string_view path);

}  // namespace cryptobroker
