// Writes DER (X.690 §10) front to back.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/der_tags.h"

namespace cryptobroker {

class DerWriter {
 public:
  // `expected_size` bytes are reserved; the result may be longer.
  explicit DerWriter(std::size_t expected_size) { out_.reserve(expected_size); }

  // Bytes that are DER already.
  void raw(Bytes encoding);
  void element(std::uint8_t tag, Bytes content);
  // An element whose content is what `write_content` writes.
  template <typename WriteContent>
  void nested(std::uint8_t tag, WriteContent write_content) {
    const std::size_t content = open(tag);
    write_content();
    close(content);
  }

  void boolean_true();
  void small_integer(std::uint8_t value);
  // A number that is not negative, big-endian, of at least one octet; leading zero octets are taken
  // out.
  void unsigned_integer(Bytes number);
  // `unused` of the last octet's bits, the lowest ones, do not count.
  void bit_string(Bytes bits, std::uint8_t unused = 0);

  std::vector<std::uint8_t> take() && { return std::move(out_); }

 private:
  std::size_t open(std::uint8_t tag);
  void close(std::size_t content);
  void header(std::uint8_t tag, std::size_t length);

  std::vector<std::uint8_t> out_;
};

}  // namespace cryptobroker
