// Bytes from a file of the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

// Reads a whole file of at most 4 MiB; one whose name ends in `.hex` holds hexadecimal digits and
// white space. False when it cannot be read so.
bool read_input(const std::string& file, std::vector<std::uint8_t>& out);

}  // namespace bench
