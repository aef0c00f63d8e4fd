#include "native/http2/grpc_headers.h"

#include <algorithm>

namespace cryptobroker {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::string_view kLowerHex = "0123456789abcdef";

bool same_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

// Nanoseconds of one unit; 0: not a unit.
std::int64_t unit_ns(char unit) {
  switch (unit) {
    case 'H':
      return 3'600'000'000'000;
    case 'M':
      return 60'000'000'000;
    case 'S':
      return 1'000'000'000;
    case 'm':
      return 1'000'000;
    case 'u':
      return 1'000;
    case 'n':
      return 1;
    default:
      return 0;
  }
}

// encodeURI's reserved and unreserved characters and '#' (ECMA-262 §19.2.6.4).
bool stays_in_uri(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(";,/?:@&=+$-_.!~*'()#").find(c) != std::string_view::npos;
}

}  // namespace

bool is_grpc_content_type(std::string_view value) {
  constexpr std::string_view kGrpc = "application/grpc";
  const std::string_view type = value.substr(0, value.find(';'));
  if (!type.starts_with(kGrpc)) {
    return false;
  }
  const std::string_view codec = type.substr(kGrpc.size());
  return codec.empty() || same_ignoring_case(codec, "+proto");
}

std::optional<std::int64_t> parse_grpc_timeout(std::string_view value) {
  constexpr std::size_t kMostDigits = 8;
  if (value.size() < 2 || value.size() > kMostDigits + 1) {
    return std::nullopt;
  }
  std::int64_t amount = 0;
  for (const char c : value.substr(0, value.size() - 1)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    amount = amount * 10 + (c - '0');
  }
  const std::int64_t unit = unit_ns(value.back());
  if (unit == 0) {
    return std::nullopt;
  }
  if (amount > kLongestTimeoutNs / unit) {
    return kNoTimeout;
  }
  return std::max(amount * unit, kShortestTimeoutNs);
}

std::string encode_grpc_message(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    if (stays_in_uri(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

std::string printable_path(std::string_view path) {
  constexpr std::size_t kLongest = 80;
  std::string shown;
  for (const char c : path.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e) {
      shown += c;
    } else {
      shown += "\\u00";
      shown += kLowerHex[byte >> 4];
      shown += kLowerHex[byte & 15];
    }
  }
  if (path.size() > kLongest) {
    shown += '?';
  }
  return shown;
}

}  // namespace cryptobroker
