#include "native/crypto/der_reader.h"

#include <algorithm>
#include <bit>

namespace cryptobroker {

namespace {

constexpr std::uint8_t kTagNumberMask = 0x1f;
constexpr std::uint8_t kLongLength = 0x80;
// Nothing this folder reads is longer than 64 KiB.
constexpr std::size_t kMaxLengthOctets = 3;

// The content without its leading zero octet, if it is a minimal INTEGER that is not negative
// (X.690 §8.3).
std::optional<Bytes> unsigned_content(Bytes content) {
  if (content.empty() || (content[0] & 0x80) != 0) {
    return std::nullopt;
  }
  if (content[0] != 0) {
    return content;
  }
  if (content.size() > 1 && (content[1] & 0x80) == 0) {
    return std::nullopt;
  }
  return content.subspan(1);
}

}  // namespace

std::optional<DerElement> first_der_element(Bytes input) {
  if (input.size() < 2 || (input[0] & kTagNumberMask) == kTagNumberMask) {
    return std::nullopt;
  }
  std::size_t header = 2;
  std::size_t length = input[1];
  if (length >= kLongLength) {
    const std::size_t octets = length - kLongLength;
    if (octets == 0 || octets > kMaxLengthOctets || input.size() < header + octets) {
      return std::nullopt;
    }
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) {
      length = length << 8 | input[header + i];
    }
    header += octets;
    // X.690 §10.1: the shortest form.
    const bool minimal = octets == 1 ? length >= kLongLength : length >> (8 * (octets - 1)) != 0;
    if (!minimal) {
      return std::nullopt;
    }
  }
  if (length > input.size() - header) {
    return std::nullopt;
  }
  return DerElement{input[0], input.subspan(header, length), input.first(header + length)};
}

bool is_one_der_element(Bytes input) {
  const auto element = first_der_element(input);
  return element && element->encoding.size() == input.size();
}

DerElement DerReader::read_any() {
  if (*malformed_) {
    return {};
  }
  const auto element = first_der_element(rest_);
  if (!element) {
    fail();
    return {};
  }
  rest_ = rest_.subspan(element->encoding.size());
  return *element;
}

DerElement DerReader::read(std::uint8_t tag) {
  if (!next_is(tag)) {
    fail();
    return {};
  }
  return read_any();
}

DerReader DerReader::enter(std::uint8_t tag) { return {read(tag).content, *malformed_}; }

Bytes DerReader::read_oid() {
  const Bytes content = read(kOid).content;
  // X.690 §8.19.2: each arc is minimal (no leading 0x80) and complete (its last octet has no high
  // bit).
  bool at_arc_start = true;
  for (const std::uint8_t octet : content) {
    if (at_arc_start && octet == 0x80) {
      fail();
      return {};
    }
    at_arc_start = (octet & 0x80) == 0;
  }
  if (content.empty() || !at_arc_start) {
    fail();
    return {};
  }
  return content;
}

Bytes DerReader::read_unsigned() {
  const auto number = unsigned_content(read(kInteger).content);
  if (!number) {
    fail();
    return {};
  }
  return *number;
}

Bytes DerReader::read_bits() {
  const Bytes content = read(kBitString).content;
  if (content.empty() || content[0] != 0) {
    fail();
    return {};
  }
  return content.subspan(1);
}

void DerReader::read_boolean() {
  const Bytes content = read(kBoolean).content;
  if (content.size() != 1 || (content[0] != 0x00 && content[0] != 0xff)) {
    fail();
  }
}

void DerReader::finish() {
  if (!rest_.empty()) {
    fail();
  }
}

bool same_bytes(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

int bit_length(Bytes number) {
  return number.empty() ? 0 : static_cast<int>(8 * (number.size() - 1) + std::bit_width(number[0]));
}

std::string oid_text(Bytes oid) {
  constexpr std::size_t kEnough = 64;
  std::string text;
  std::uint64_t arc = 0;
  for (const std::uint8_t octet : oid) {
    arc = arc << 7 | (octet & 0x7f);
    if ((octet & 0x80) != 0) {
      continue;
    }
    if (text.empty()) {
      // X.690 §8.19.4: the first two arcs share one number.
      const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
      text = std::to_string(first) + "." + std::to_string(arc - 40 * first);
    } else {
      text += "." + std::to_string(arc);
    }
    arc = 0;
    if (text.size() > kEnough) {
      return text + "...";
    }
  }
  return text;
}

}  // namespace cryptobroker
