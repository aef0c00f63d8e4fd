#include "native/broker/wire_reader.h"

#include <utility>

#include "native/broker/ascii.h"
#include "native/crypto/utf8.h"

namespace cryptobroker {
namespace {

constexpr std::string_view kEndsInside = "it ends inside a field";
constexpr std::string_view kTooLong = "a field is longer than its message";

}  // namespace

bool WireReader::next() {
  if (!good() || at_ == end_) {
    return false;
  }
  if (++check_.fields > WireCheck::kMaxFields) {
    return fail("more than " + std::to_string(WireCheck::kMaxFields) + " fields");
  }
  if (!read_varint32(tag_)) {
    return false;
  }
  if (tag_ >> 3 == 0) {
    return fail("field number 0");
  }
  switch (tag_ & 7) {
    case static_cast<std::uint32_t>(WireType::kVarint):
      return read_number();
    case static_cast<std::uint32_t>(WireType::kFixed64):
      return take(8);
    case static_cast<std::uint32_t>(WireType::kDelimited): {
      std::uint32_t length = 0;
      return read_varint32(length) && take(length);
    }
    case static_cast<std::uint32_t>(WireType::kFixed32):
      return take(4);
    default:
      return fail("field " + std::to_string(tag_ >> 3) + " has wire type " +
                  std::to_string(tag_ & 7));
  }
}

void WireReader::text(std::string_view& out) {
  const std::string_view found(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  if (is_ascii(found) || is_utf8(bytes_)) {
    out = found;
  } else {
    fail("a text is not UTF-8");
  }
}

bool WireReader::fail(std::string reason) {
  check_.malformed = std::move(reason);
  return false;
}

// A tag or a length. Longer spellings of small numbers are read as long as they fit.
bool WireReader::read_varint32(std::uint32_t& out) {
  // Nearly all have one octet.
  if (at_ != end_ && *at_ < 0x80) {
    out = *at_++;
    return true;
  }
  std::uint64_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (at_ == end_) {
      return fail(std::string(kEndsInside));
    }
    const std::uint8_t octet = *at_++;
    value |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
    if (octet < 0x80) {
      if (value > UINT32_MAX) {
        break;
      }
      out = static_cast<std::uint32_t>(value);
      return true;
    }
  }
  return fail("a tag or length has more than 32 bits");
}

bool WireReader::read_number() {
  number_ = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (at_ == end_) {
      return fail(std::string(kEndsInside));
    }
    const std::uint8_t octet = *at_++;
    // Of the tenth octet only one bit is left, as in every decoder.
    number_ |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
    if (octet < 0x80) {
      return true;
    }
  }
  return fail("a number has more than 64 bits");
}

bool WireReader::take(std::size_t length) {
  if (length > static_cast<std::size_t>(end_ - at_)) {
    return fail(std::string(kTooLong));
  }
  bytes_ = {at_, length};
  at_ += length;
  return true;
}

}  // namespace cryptobroker
