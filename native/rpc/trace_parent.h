// Where a call belongs, as W3C Trace Context names it (w3.org/TR/trace-context). The rules are
// those of src/telemetry/tracing/trace-parent.ts.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cryptobroker {

struct TraceParent {
  static constexpr std::uint8_t kSampled = 1;

  // Lower-case hexadecimal digits, not all zero.
  std::array<char, 32> trace_id{};
  std::array<char, 16> span_id{};
  std::uint8_t flags = 0;
  // At most kLongestState printable characters; empty: none.
  std::string state;

  static constexpr std::size_t kLongestState = 512;

  bool sampled() const { return (flags & kSampled) != 0; }
  std::string_view trace() const { return {trace_id.data(), trace_id.size()}; }
  std::string_view span() const { return {span_id.data(), span_id.size()}; }
};

// The value of a lower-case hexadecimal digit; negative: it is none.
constexpr int lower_hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Lower-case hexadecimal digits that are not all zero, exactly as many as `out` has room for.
template <std::size_t kDigits>
bool read_trace_digits(std::string_view text, std::array<char, kDigits>& out) {
  if (text.size() != kDigits) {
    return false;
  }
  bool all_zero = true;
  for (std::size_t i = 0; i < kDigits; ++i) {
    if (lower_hex_digit(text[i]) < 0) {
      return false;
    }
    all_zero = all_zero && text[i] == '0';
    out[i] = text[i];
  }
  return !all_zero;
}

// A parent from its parts, which come from a caller. Nothing when they name none. A caller that
// says nothing of flags wants to be traced: the original traces every call with a parent. A state
// that cannot be passed on is left out.
inline std::optional<TraceParent> trace_parent_of(std::string_view trace_id,
                                                  std::string_view span_id, std::string_view flags,
                                                  std::string_view state) {
  TraceParent parent;
  if (!read_trace_digits(trace_id, parent.trace_id) ||
      !read_trace_digits(span_id, parent.span_id)) {
    return std::nullopt;
  }
  if (flags.empty()) {
    parent.flags = TraceParent::kSampled;
  } else {
    const int high = lower_hex_digit(flags[0]);
    const int low = flags.size() == 2 ? lower_hex_digit(flags[1]) : -1;
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    parent.flags = static_cast<std::uint8_t>(high * 16 + low);
  }
  if (state.size() <= TraceParent::kLongestState &&
      std::all_of(state.begin(), state.end(), [](char c) { return c >= 0x20 && c <= 0x7e; })) {
    parent.state.assign(state);
  }
  return parent;
}

// The headers `traceparent` and `tracestate` (§3.2, §3.3). Nothing when the first is not one.
inline std::optional<TraceParent> parse_traceparent(std::string_view header,
                                                    std::string_view state) {
  // version "-" trace-id "-" parent-id "-" trace-flags; a later version may go on after a "-".
  constexpr std::size_t kLength = 55;
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-' ||
      lower_hex_digit(header[0]) < 0 || lower_hex_digit(header[1]) < 0) {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  const std::string_view rest = header.substr(kLength);
  const bool rest_allowed = version == "00" ? rest.empty() : rest.empty() || rest[0] == '-';
  // A comma: the header came more than once.
  if (version == "ff" || !rest_allowed || rest.find(',') != rest.npos) {
    return std::nullopt;
  }
  return trace_parent_of(header.substr(3, 32), header.substr(36, 16), header.substr(53, 2), state);
}

}  // namespace cryptobroker
