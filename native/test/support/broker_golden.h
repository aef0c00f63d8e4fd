// Reads the golden files that test/contract/broker-golden.test.ts makes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "native/test/support/text.h"

namespace cryptobroker::testing {

// `61*100.0a` is a hundred times 0x61, then 0x0a; `-` is nothing.
ByteVector from_golden_hex(std::string_view text);

// The blocks of a file, which stand between blank lines: the rest of each line by its first word.
using GoldenBlock = std::map<std::string, std::string, std::less<>>;
std::vector<GoldenBlock> golden_blocks(const std::string& file);

// The lines of a file, each divided at its blanks.
std::vector<std::vector<std::string>> golden_rows(const std::string& file);

}  // namespace cryptobroker::testing
