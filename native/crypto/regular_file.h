// Whole files of bounded size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "native/crypto/bytes.h"

namespace cryptobroker {

struct FileContent {
  enum class State { kRead, kMissing, kUnusable };
  State state = State::kUnusable;
  std::vector<std::uint8_t> bytes;
};

// Reads a regular file of 1 to `limit` bytes; symbolic links are followed. Anything else that is
// there is kUnusable.
FileContent read_regular_file(const std::string& path, std::size_t limit);

// Fills `bytes` from the file's position on; false when there are fewer, or reading fails.
bool read_whole(int fd, MutableBytes bytes);

}  // namespace cryptobroker
