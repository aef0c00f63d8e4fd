#include "native/crypto/hex.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cryptobroker {
namespace {

// Both characters of every byte: one load and one store a byte instead of two look-ups.
constexpr std::array<std::array<char, 2>, 256> make_table() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = {kDigits[byte >> 4], kDigits[byte & 0x0f]};
  }
  return table;
}
constexpr auto kTable = make_table();

}  // namespace

void write_hex(char* output, Bytes input) {
  for (const std::uint8_t byte : input) {
    std::memcpy(output, kTable[byte].data(), 2);
    output += 2;
  }
}

std::string to_hex(Bytes input) {
  std::string text(2 * input.size(), '\0');
  write_hex(text.data(), input);
  return text;
}

}  // namespace cryptobroker
