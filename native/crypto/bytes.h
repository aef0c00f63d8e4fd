// Views on bytes that somebody else owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cryptobroker {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline bool overlap(Bytes a, Bytes b) {
  return !a.empty() && !b.empty() && a.data() < b.data() + b.size() &&
         b.data() < a.data() + a.size();
}

}  // namespace cryptobroker
