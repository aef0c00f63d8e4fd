// Lower-case hexadecimal.
#pragma once

#include <string>

#include "native/crypto/bytes.h"

namespace cryptobroker {

// Writes 2 * input.size() characters to `output`, without a terminator.
void write_hex(char* output, Bytes input);

std::string to_hex(Bytes input);

}  // namespace cryptobroker
