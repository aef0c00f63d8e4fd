// Comparison of short texts, in place where it is asked for: a call of memcmp() costs more than
// what it does for a few bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cryptobroker {

// Not for secrets: it stops at the first difference.
inline bool same_bytes(std::string_view a, std::string_view b) {
  const auto differ = [&]<typename Word>(std::size_t at, Word) {
    Word x;
    Word y;
    std::memcpy(&x, a.data() + at, sizeof(Word));
    std::memcpy(&y, b.data() + at, sizeof(Word));
    return x != y;
  };
  using Eight = std::uint64_t;
  using Four = std::uint32_t;
  const std::size_t size = a.size();
  if (size != b.size()) {
    return false;
  }
  if (size < sizeof(Four)) {
    std::size_t at = 0;
    while (at < size && a[at] == b[at]) {
      ++at;
    }
    return at == size;
  }
  // The last word reaches back over what has been compared.
  if (size < sizeof(Eight)) {
    return !differ(0, Four()) && !differ(size - sizeof(Four), Four());
  }
  for (std::size_t at = 0; at + sizeof(Eight) < size; at += sizeof(Eight)) {
    if (differ(at, Eight())) {
      return false;
    }
  }
  return !differ(size - sizeof(Eight), Eight());
}

}  // namespace cryptobroker
