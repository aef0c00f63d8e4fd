#include "native/broker/printable.h"

#include <cstddef>
#include <cstdint>

#include "native/broker/ascii.h"

namespace cryptobroker {
namespace {

constexpr std::size_t kLongestShown = 80;
constexpr std::size_t kLongestDetails = 1024;
constexpr std::size_t kLongestInLog = 128;

constexpr bool is_printable(char32_t c) { return c >= 0x20 && c <= 0x7e; }

constexpr std::size_t units_of(char32_t c) { return c > 0xffff ? 2 : 1; }

// The first code point of valid UTF-8; takes it off `text`.
char32_t take_code_point(std::string_view& text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = octet(0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length > text.size()) {
    text = {};
    return 0xfffd;
  }
  char32_t value = length == 1 ? first : first & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    value = value << 6 | (octet(i) & 0x3f);
  }
  text.remove_prefix(length);
  return value;
}

// `\u00e9`, `\u{1f600}`.
void append_escape(std::string& out, char32_t c) {
  constexpr char kDigits[] = "0123456789abcdef";
  const bool astral = c > 0xffff;
  std::size_t digits = 4;
  while (c >> (4 * digits) != 0) {
    ++digits;
  }
  out += astral ? "\\u{" : "\\u";
  for (std::size_t i = digits; i-- > 0;) {
    out += kDigits[c >> (4 * i) & 0xf];
  }
  if (astral) {
    out += '}';
  }
}

std::string with_question_marks(std::string_view text, std::size_t longest) {
  if (text.size() <= longest && is_printable_ascii(text)) {
    return std::string(text);
  }
  std::string out;
  while (!text.empty() && out.size() < longest) {
    const char32_t c = take_code_point(text);
    if (is_printable(c)) {
      out += static_cast<char>(c);
    } else {
      out.append(units_of(c), '?');
    }
  }
  // A pair may have been cut in the middle.
  if (out.size() > longest) {
    out.resize(longest);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  std::size_t units = 0;
  while (!text.empty() && units < kLongestShown) {
    const char32_t c = take_code_point(text);
    units += units_of(c);
    if (is_printable(c)) {
      out += static_cast<char>(c);
    } else if (units > kLongestShown) {
      // Half of a pair: JavaScript shows its first unit by itself.
      append_escape(out, 0xd800 + ((c - 0x10000) >> 10));
    } else {
      append_escape(out, c);
    }
  }
  if (!text.empty() || units > kLongestShown) {
    out += "\u2026";
  }
  return out;
}

std::string printable_details(std::string_view text) {
  return with_question_marks(text, kLongestDetails);
}

std::string shown_in_log(std::string_view text) { return with_question_marks(text, kLongestInLog); }

}  // namespace cryptobroker
