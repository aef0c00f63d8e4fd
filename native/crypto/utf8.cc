#include "native/crypto/utf8.h"

namespace cryptobroker {

namespace {

bool is_continuation(std::uint8_t octet) { return (octet & 0xc0) == 0x80; }

// Length of the sequence at the start of `text`, 0 if there is none: the table of RFC 3629 §4.
std::size_t sequence_length(Bytes text) {
  const std::uint8_t first = text[0];
  if (first < 0x80) {
    return 1;
  }
  const std::size_t length = first < 0xc2   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) {
      return 0;
    }
  }
  const std::uint8_t second = text[1];
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool too_high = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || too_high ? 0 : length;
}

}  // namespace

bool is_utf8(Bytes text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      return false;
    }
    text = text.subspan(length);
  }
  return true;
}

}  // namespace cryptobroker
