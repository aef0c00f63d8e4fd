#include "native/http2/header_field.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "native/http2/grpc_headers.h"

namespace cryptobroker {
namespace {

using Kind = HeaderField::Kind;

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char c, char l) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == l;
  });
}

// RFC 3986 §3.1.
bool is_scheme(std::string_view value) {
  return !value.empty() && is_letter(value.front()) &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

// RFC 3986 §3.2, without the user whom RFC 9113 §8.3.1 forbids.
bool is_authority(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("!$%&'()*+,-.:;=[]_~").find(c) != std::string_view::npos;
  });
}

std::optional<std::int64_t> parse_length(std::string_view value) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (value.empty()) {
    return std::nullopt;
  }
  std::int64_t length = 0;
  for (const char c : value) {
    if (!is_digit(c) || length > (kMost - (c - '0')) / 10) {
      return std::nullopt;
    }
    length = length * 10 + (c - '0');
  }
  return length;
}

HeaderField method_field(std::string_view value) {
  return {.kind = Kind::kMethod,
          .value = value == "CONNECT"   ? HeaderField::kConnect
                   : value == "OPTIONS" ? HeaderField::kOptions
                                        : HeaderField::kOtherMethod};
}

HeaderField path_field(std::string_view value) {
  return {.kind = Kind::kPath,
          .value = value.front() == '/' ? HeaderField::kRegular
                   : value == "*"       ? HeaderField::kAsterisk
                                        : HeaderField::kOtherPath};
}

HeaderField scheme_field(std::string_view value) {
  return {.kind = Kind::kScheme,
          .value = equals_ignoring_case(value, "http") || equals_ignoring_case(value, "https")};
}

// A field whose name begins with a colon. Nothing is forgiven there.
HeaderField read_pseudo_field(std::string_view name, std::string_view value) {
  if (value.empty()) {
    return {Kind::kMalformed};
  }
  if (name == ":path" && nghttp2_check_path(bytes(value), value.size()) != 0) {
    return path_field(value);
  }
  if (name == ":method" && nghttp2_check_method(bytes(value), value.size()) != 0) {
    return method_field(value);
  }
  if (name == ":scheme" && is_scheme(value)) {
    return scheme_field(value);
  }
  if (name == ":authority" && is_authority(value)) {
    return {Kind::kAuthority};
  }
  return {Kind::kMalformed};
}

bool belongs_to_one_connection(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

HeaderField host_field(std::string_view value) {
  if (!is_authority(value)) {
    return {Kind::kPassedOver};
  }
  return {value.empty() ? Kind::kMalformed : Kind::kHost};
}

HeaderField content_length_field(std::string_view value) {
  const auto length = parse_length(value);
  return length ? HeaderField{.kind = Kind::kContentLength, .value = *length}
                : HeaderField{Kind::kMalformed};
}

HeaderField timeout_field(std::string_view value) {
  return {.kind = Kind::kTimeout,
          .value = parse_grpc_timeout(value).value_or(HeaderField::kBadTimeout)};
}

// Name and value are as HTTP has them.
HeaderField read_regular_field(std::string_view name, std::string_view value) {
  if (name == "content-type") {
    return {.kind = Kind::kContentType, .value = is_grpc_content_type(value)};
  }
  if (name == "grpc-timeout") {
    return timeout_field(value);
  }
  if (name == "grpc-encoding") {
    return {.kind = Kind::kEncoding, .value = value == "identity"};
  }
  if (name == "content-length") {
    return content_length_field(value);
  }
  if (belongs_to_one_connection(name) ||
      (name == "te" && !equals_ignoring_case(value, "trailers"))) {
    return {Kind::kMalformed};
  }
  return {Kind::kOther};
}

}  // namespace

HeaderField read_header_field(std::string_view name, std::string_view value) {
  const bool pseudo = name.starts_with(':');
  if (nghttp2_check_header_name(bytes(name), name.size()) == 0) {
    const bool capitals =
        std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return {pseudo || capitals ? Kind::kMalformed : Kind::kPassedOver};
  }
  if (pseudo) {
    return read_pseudo_field(name, value);
  }
  if (name == "host") {
    return host_field(value);
  }
  if (nghttp2_check_header_value_rfc9113(bytes(value), value.size()) == 0) {
    return {Kind::kPassedOver};
  }
  return read_regular_field(name, value);
}

}  // namespace cryptobroker
