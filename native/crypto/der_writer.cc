#include "native/crypto/der_writer.h"

#include <algorithm>
#include <array>

namespace cryptobroker {

namespace {

struct LengthOctets {
  std::array<std::uint8_t, 1 + sizeof(std::size_t)> octets{};
  std::size_t count = 0;
};

LengthOctets encode_length(std::size_t length) {
  LengthOctets encoded;
  if (length < 0x80) {
    encoded.octets[0] = static_cast<std::uint8_t>(length);
    encoded.count = 1;
    return encoded;
  }
  std::size_t octets = 0;
  for (std::size_t rest = length; rest != 0; rest >>= 8) {
    ++octets;
  }
  encoded.octets[0] = static_cast<std::uint8_t>(0x80 | octets);
  for (std::size_t i = 0; i < octets; ++i) {
    encoded.octets[octets - i] = static_cast<std::uint8_t>(length >> (8 * i));
  }
  encoded.count = 1 + octets;
  return encoded;
}

}  // namespace

void DerWriter::raw(Bytes encoding) { out_.insert(out_.end(), encoding.begin(), encoding.end()); }

void DerWriter::header(std::uint8_t tag, std::size_t length) {
  out_.push_back(tag);
  const LengthOctets encoded = encode_length(length);
  raw(Bytes(encoded.octets).first(encoded.count));
}

void DerWriter::element(std::uint8_t tag, Bytes content) {
  header(tag, content.size());
  raw(content);
}

// The length is not known yet: room for one octet is left, and close() makes more if it is needed.
std::size_t DerWriter::open(std::uint8_t tag) {
  out_.push_back(tag);
  out_.push_back(0);
  return out_.size();
}

void DerWriter::close(std::size_t content) {
  const LengthOctets encoded = encode_length(out_.size() - content);
  const auto at = static_cast<std::ptrdiff_t>(content);
  out_[content - 1] = encoded.octets[0];
  out_.insert(out_.begin() + at, encoded.octets.begin() + 1,
              encoded.octets.begin() + static_cast<std::ptrdiff_t>(encoded.count));
}

void DerWriter::boolean_true() {
  constexpr std::array<std::uint8_t, 3> kTrue = {kBoolean, 1, 0xff};
  raw(kTrue);
}

void DerWriter::small_integer(std::uint8_t value) { unsigned_integer(Bytes(&value, 1)); }

void DerWriter::unsigned_integer(Bytes number) {
  while (number.size() > 1 && number[0] == 0) {
    number = number.subspan(1);
  }
  const bool needs_zero = (number[0] & 0x80) != 0;
  header(kInteger, number.size() + (needs_zero ? 1 : 0));
  if (needs_zero) {
    out_.push_back(0);
  }
  raw(number);
}

void DerWriter::bit_string(Bytes bits, std::uint8_t unused) {
  header(kBitString, bits.size() + 1);
  out_.push_back(unused);
  raw(bits);
}

}  // namespace cryptobroker
