#include "native/broker/crl_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace cryptobroker {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_uri_character(char c) {
  constexpr std::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=";
  const char small = lower(c);
  return (small >= 'a' && small <= 'z') || is_digit(c) || kMarks.find(c) != kMarks.npos;
}

// Characters of RFC 3986 §2 alone, every percent sign with its two digits.
bool has_only_uri_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) {
        return false;
      }
      i += 2;
    } else if (!is_uri_character(text[i])) {
      return false;
    }
  }
  return true;
}

// Takes `http://` or `https://` off.
bool take_scheme(std::string_view& text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, lower)) {
      text.remove_prefix(scheme.size());
      return true;
    }
  }
  return false;
}

bool is_ipv6(std::string_view text) {
  std::array<std::uint8_t, 16> address;
  // Longer ones are none, and inet_pton wants a terminator.
  return text.size() < INET6_ADDRSTRLEN &&
         inet_pton(AF_INET6, std::string(text).c_str(), address.data()) == 1;
}

bool is_ipv4(std::string_view text) {
  std::array<std::uint8_t, 4> address;
  return text.size() < INET_ADDRSTRLEN &&
         inet_pton(AF_INET, std::string(text).c_str(), address.data()) == 1;
}

// Readers of URLs take such a name for an IPv4 address, in one of its many spellings (WHATWG URL
// §3.5).
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) {
    host.remove_suffix(1);
  }
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.size() >= 2 && last[0] == '0' && lower(last[1]) == 'x') {
    return std::ranges::all_of(last.substr(2), is_hex_digit);
  }
  return !last.empty() && std::ranges::all_of(last, is_digit);
}

bool is_name(std::string_view host) {
  return !host.empty() && host.find_first_of(":[]%@") == host.npos &&
         (!ends_in_number(host) || is_ipv4(host));
}

// Nothing, or a colon and a number that fits, which may be missing.
bool is_port(std::string_view text) {
  if (text.empty()) {
    return true;
  }
  if (text[0] != ':' || !std::ranges::all_of(text.substr(1), is_digit)) {
    return false;
  }
  text.remove_prefix(std::min(text.find_first_not_of('0', 1), text.size()));
  std::uint16_t port = 0;
  return text.empty() ||
         std::from_chars(text.data(), text.data() + text.size(), port).ec == std::errc{};
}

// [userinfo@]host[:port]
bool is_authority(std::string_view text) {
  if (const std::size_t at = text.find('@'); at != text.npos) {
    if (text.substr(0, at).find_first_of("[]") != text.npos) {
      return false;
    }
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end != text.npos && is_ipv6(text.substr(1, end - 1)) && is_port(text.substr(end + 1));
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  return is_name(text.substr(0, colon)) && is_port(text.substr(colon));
}

}  // namespace

bool is_crl_url(std::string_view text) {
  if (!has_only_uri_characters(text) || !take_scheme(text)) {
    return false;
  }
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view rest = text.substr(end);
  // Brackets stand around an address only, and a fragment is the last part.
  return is_authority(text.substr(0, end)) && rest.find_first_of("[]") == rest.npos &&
         std::ranges::count(rest, '#') <= 1;
}

}  // namespace cryptobroker
