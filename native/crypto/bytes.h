// Views on bytes that somebody else owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cryptobroker {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

}  // namespace cryptobroker
