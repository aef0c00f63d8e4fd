// Writes protobuf messages. Whoever writes an inner message says its length first, so there is one
// buffer and nothing is moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "native/broker/wire_reader.h"
#include "native/crypto/bytes.h"

namespace cryptobroker {

constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) {
    ++size;
  }
  return size;
}

// Of a field with its tag and length.
constexpr std::size_t delimited_size(std::uint32_t field, std::size_t length) {
  return varint_size(delimited_tag(field)) + varint_size(length) + length;
}
// The same of a text without presence (proto3): nothing when it is empty.
constexpr std::size_t text_size(std::uint32_t field, std::string_view text) {
  return text.empty() ? 0 : delimited_size(field, text.size());
}

class WireWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit WireWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  void reserve(std::size_t further) { out_.reserve(out_.size() + further); }

  void number(std::uint32_t field, std::uint64_t value) {
    varint(varint_tag(field));
    varint(value);
  }
  // The tag and length of a field; its `length` octets are to follow.
  void begin(std::uint32_t field, std::size_t length) {
    varint(delimited_tag(field));
    varint(length);
  }
  void bytes(std::uint32_t field, Bytes value) {
    begin(field, value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }
  void present_text(std::uint32_t field, std::string_view value) {
    // Octets are copied at once, chars one by one.
    bytes(field, {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
  }
  // Nothing when it is empty (proto3).
  void text(std::uint32_t field, std::string_view value) {
    if (!value.empty()) {
      present_text(field, value);
    }
  }
  // A field of `length` octets, to be filled in before anything else is written.
  MutableBytes room(std::uint32_t field, std::size_t length) {
    begin(field, length);
    out_.resize(out_.size() + length);
    return MutableBytes(out_).last(length);
  }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      out_.push_back(static_cast<std::uint8_t>(value | 0x80));
    }
    out_.push_back(static_cast<std::uint8_t>(value));
  }

  std::vector<std::uint8_t>& out_;
};

}  // namespace cryptobroker
