#include "input_file.h"

#include <cctype>
#include <cstddef>
#include <fstream>
#include <iterator>

namespace bench {
namespace {

constexpr std::size_t kLargest = 4 * 1024 * 1024;

int digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool from_hex(const std::vector<std::uint8_t>& text, std::vector<std::uint8_t>& out) {
  int high = -1;
  for (const std::uint8_t byte : text) {
    if (std::isspace(byte) != 0) {
      continue;
    }
    const int value = digit(static_cast<char>(byte));
    if (value < 0) {
      return false;
    }
    if (high < 0) {
      high = value;
    } else {
      out.push_back(static_cast<std::uint8_t>(high * 16 + value));
      high = -1;
    }
  }
  return high < 0;
}

}  // namespace

bool read_input(const std::string& file, std::vector<std::uint8_t>& out) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return false;
  }
  std::vector<std::uint8_t> bytes;
  for (std::istreambuf_iterator<char> at(stream), end; at != end; ++at) {
    if (bytes.size() == 2 * kLargest) {
      return false;
    }
    bytes.push_back(static_cast<std::uint8_t>(*at));
  }
  out.clear();
  if (file.ends_with(".hex")) {
    return from_hex(bytes, out);
  }
  out = std::move(bytes);
  return out.size() <= kLargest;
}

}  // namespace bench
