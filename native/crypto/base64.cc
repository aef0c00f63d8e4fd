#include "native/crypto/base64.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace cryptobroker {

namespace {

constexpr std::size_t kLineOctets = 48;

// Characters whose values are worked out together: a fixed number, so that the compiler does it in
// vectors.
constexpr std::size_t kBlock = 64;
using Block = std::array<std::int16_t, kBlock>;

// All ones if low <= value <= high, else 0; without a branch. The arguments are below 256.
constexpr std::int16_t mask_if_between(std::int16_t value, std::int16_t low, std::int16_t high) {
  return static_cast<std::int16_t>(((low - 1 - value) & (value - high - 1)) >> 8);
}

// The six bits a character stands for, or -1.
constexpr std::int16_t value_of(std::int16_t c) {
  std::int16_t value = -1;
  value += mask_if_between(c, 'A', 'Z') & (c - 'A' + 1);
  value += mask_if_between(c, 'a', 'z') & (c - 'a' + 26 + 1);
  value += mask_if_between(c, '0', '9') & (c - '0' + 52 + 1);
  value += mask_if_between(c, '+', '+') & (62 + 1);
  value += mask_if_between(c, '/', '/') & (63 + 1);
  return value;
}

void values_of(const Block& characters, Block& values) {
  for (std::size_t i = 0; i < kBlock; ++i) {
    values[i] = value_of(characters[i]);
  }
}

// What is encoded here is public: certificates.
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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
  Block block{};
  Block values{};
  int seen = 0;  // negative once a character was none of the alphabet
  std::uint32_t bits = 0;
  std::size_t written = 0;
  for (std::size_t begin = 0; begin < characters.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, characters.size() - begin);
    std::copy_n(characters.begin() + static_cast<std::ptrdiff_t>(begin), count, block.begin());
    values_of(block, values);
    for (std::size_t i = 0; i < count; ++i) {
      seen |= values[i];
      bits = bits << 6 | (static_cast<std::uint32_t>(values[i]) & 0x3f);
      // Characters 1, 2 and 3 of four complete an octet each.
      if (i % 4 != 0) {
        out.data()[written++] = static_cast<std::uint8_t>(bits >> (6 - 2 * (i % 4)));
      }
    }
  }
  OPENSSL_cleanse(block.data(), sizeof block);
  OPENSSL_cleanse(values.data(), sizeof values);
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
    const Bytes line = bytes.first(std::min(kLineOctets, bytes.size()));
    bytes = bytes.subspan(line.size());
    std::array<char, kLineOctets / 3 * 4 + 1> characters;
    char* next = characters.data();
    for (std::size_t i = 0; i < line.size(); i += 3) {
      const std::size_t count = std::min<std::size_t>(3, line.size() - i);
      const std::uint32_t bits = static_cast<std::uint32_t>(line[i]) << 16 |
                                 (count > 1 ? static_cast<std::uint32_t>(line[i + 1]) << 8 : 0u) |
                                 (count > 2 ? static_cast<std::uint32_t>(line[i + 2]) : 0u);
      *next++ = kAlphabet[bits >> 18];
      *next++ = kAlphabet[bits >> 12 & 0x3f];
      *next++ = count > 1 ? kAlphabet[bits >> 6 & 0x3f] : '=';
      *next++ = count > 2 ? kAlphabet[bits & 0x3f] : '=';
    }
    *next++ = '\n';
    out.append(characters.data(), static_cast<std::size_t>(next - characters.data()));
  }
}

}  // namespace cryptobroker
