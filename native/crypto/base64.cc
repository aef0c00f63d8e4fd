#include "native/crypto/base64.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cryptobroker {

namespace {

constexpr std::size_t kLineOctets = 48;

// All ones if low <= value <= high, else 0; without a branch. The arguments are below 256.
constexpr int mask_if_between(int value, int low, int high) {
  return ((low - 1 - value) & (value - high - 1)) >> 8;
}

// The six bits a character stands for, or -1.
constexpr int value_of(std::uint8_t character) {
  const int c = character;
  int value = -1;
  value += mask_if_between(c, 'A', 'Z') & (c - 'A' + 1);
  value += mask_if_between(c, 'a', 'z') & (c - 'a' + 26 + 1);
  value += mask_if_between(c, '0', '9') & (c - '0' + 52 + 1);
  value += mask_if_between(c, '+', '+') & (62 + 1);
  value += mask_if_between(c, '/', '/') & (63 + 1);
  return value;
}

constexpr std::uint8_t character_of(int value) {
  int c = 0;
  c |= mask_if_between(value, 0, 25) & (value + 'A');
  c |= mask_if_between(value, 26, 51) & (value - 26 + 'a');
  c |= mask_if_between(value, 52, 61) & (value - 52 + '0');
  c |= mask_if_between(value, 62, 62) & '+';
  c |= mask_if_between(value, 63, 63) & '/';
  return static_cast<std::uint8_t>(c);
}

bool is_space(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

SecretBytes without_spaces(std::string_view text) {
  const auto count =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_space(c); }));
  SecretBytes compact(count);
  std::ranges::copy_if(text, compact.data(), [](char c) { return !is_space(c); });
  return compact;
}

}  // namespace

std::optional<SecretBytes> decode_base64(std::string_view text) {
  const SecretBytes compact = without_spaces(text);
  Bytes characters = compact.view();
  if (characters.size() % 4 != 0) {
    return std::nullopt;
  }
  while (!characters.empty() && characters.back() == '=' &&
         compact.size() - characters.size() < 2) {
    characters = characters.first(characters.size() - 1);
  }

  SecretBytes out(characters.size() * 3 / 4);
  int seen = 0;  // negative once a character was none of the alphabet
  std::uint32_t bits = 0;
  std::size_t written = 0;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const int value = value_of(characters[i]);
    seen |= value;
    bits = bits << 6 | (static_cast<std::uint32_t>(value) & 0x3f);
    // Characters 1, 2 and 3 of four complete an octet each.
    const std::size_t spare = 6 - 2 * (i % 4);
    if (i % 4 != 0) {
      out.data()[written++] = static_cast<std::uint8_t>(bits >> spare);
    }
  }
  const std::uint32_t leftover = characters.size() % 4 == 2   ? bits & 0x0f
                                 : characters.size() % 4 == 3 ? bits & 0x03
                                                              : 0;
  if (seen < 0 || leftover != 0) {
    return std::nullopt;
  }
  return out;
}

void append_base64_lines(std::string& out, Bytes bytes) {
  while (!bytes.empty()) {
    Bytes line = bytes.first(std::min(kLineOctets, bytes.size()));
    bytes = bytes.subspan(line.size());
    while (!line.empty()) {
      const std::size_t count = std::min<std::size_t>(3, line.size());
      std::uint32_t bits = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        bits = bits << 8 | (i < count ? line[i] : 0u);
      }
      std::array<char, 4> four{};
      for (std::size_t i = 0; i < 4; ++i) {
        const auto value = static_cast<int>(bits >> (18 - 6 * i) & 0x3f);
        four[i] = i <= count ? static_cast<char>(character_of(value)) : '=';
      }
      out.append(four.data(), four.size());
      line = line.subspan(count);
    }
    out += '\n';
  }
}

}  // namespace cryptobroker
