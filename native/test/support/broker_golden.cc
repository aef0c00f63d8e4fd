#include "native/test/support/broker_golden.h"

#include <sstream>

namespace cryptobroker::testing {
namespace {

std::istringstream open_golden(const std::string& file) {
  return std::istringstream(read_text_file(TEST_DATA_DIRECTORY "/golden/" + file));
}

}  // namespace

ByteVector from_golden_hex(std::string_view text) {
  ByteVector bytes;
  std::istringstream parts{std::string(text == "-" ? "" : text)};
  for (std::string part; std::getline(parts, part, '.');) {
    const std::size_t star = part.find('*');
    const ByteVector unit = from_hex(part.substr(0, star));
    const std::size_t count = star == part.npos ? 1 : std::stoul(part.substr(star + 1));
    for (std::size_t i = 0; i < count; ++i) {
      bytes.insert(bytes.end(), unit.begin(), unit.end());
    }
  }
  return bytes;
}

std::vector<GoldenBlock> golden_blocks(const std::string& file) {
  std::vector<GoldenBlock> blocks(1);
  std::istringstream lines = open_golden(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      blocks.emplace_back();
      continue;
    }
    const std::size_t blank = line.find(' ');
    blocks.back()[line.substr(0, blank)] = blank == line.npos ? "" : line.substr(blank + 1);
  }
  return blocks;
}

std::vector<std::vector<std::string>> golden_rows(const std::string& file) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines = open_golden(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string>& row = rows.emplace_back();
    for (std::string word; words >> word;) {
      row.push_back(word);
    }
  }
  return rows;
}

}  // namespace cryptobroker::testing
