// Reads protobuf messages strictly: one pass finds the fields and refuses what is not one whole
// message (protobuf.dev/programming-guides/encoding). The rules and their words are those of
// src/grpc/strict-decode.ts. Of our own making because no library refuses what is refused here, and
// protozero, the oracle of the tests, reports by exceptions, which this code is compiled without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "native/crypto/bytes.h"

namespace cryptobroker {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5 };

// A field's number and type as they stand on the wire.
constexpr std::uint32_t wire_tag(std::uint32_t field, WireType type) {
  return field << 3 | static_cast<std::uint32_t>(type);
}
constexpr std::uint32_t varint_tag(std::uint32_t field) {
  return wire_tag(field, WireType::kVarint);
}
constexpr std::uint32_t delimited_tag(std::uint32_t field) {
  return wire_tag(field, WireType::kDelimited);
}

// What all readers of one message share: how many fields it may still have, inner ones included,
// and why it was refused.
struct WireCheck {
  // Enough for every request there is, and too few for one that is made to be slow to read.
  static constexpr std::size_t kMaxFields = 4096;

  std::size_t fields = 0;
  // Empty as long as nothing was wrong. Printable ASCII.
  std::string malformed;
};

class WireReader {
 public:
  // `message` and `check` outlive the reader.
  WireReader(Bytes message, WireCheck& check)
      : at_(message.data()), end_(message.data() + message.size()), check_(check) {}

  // Steps to the next field and over its value. False at the end, or when the message is malformed.
  bool next();
  std::uint32_t tag() const { return tag_; }

  // The value of the field just read, by its type.
  std::uint64_t number() const { return number_; }  // low 64 bits
  Bytes bytes() const { return bytes_; }
  // A text; the message is malformed when it is not UTF-8.
  void text(std::string_view& out);
  // An inner message. What is wrong with it is wrong with this one.
  WireReader message() const { return {bytes_, check_}; }
  // True when nothing was wrong so far, inner messages included.
  bool good() const { return check_.malformed.empty(); }

 private:
  bool fail(std::string reason);
  bool read_varint32(std::uint32_t& out);
  bool read_number();
  bool take(std::size_t length);

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  WireCheck& check_;
  std::uint32_t tag_ = 0;
  std::uint64_t number_ = 0;
  Bytes bytes_;
};

}  // namespace cryptobroker
