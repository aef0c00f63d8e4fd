// Keys for the tests of what stands on key wrap.
#pragma once

#include <string>

#include "native/crypto/key_wrap.h"
#include "native/crypto/service_key.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {

// An AES-256 wrapping key of 32 equal bytes.
WrappingKey wrapping_key(std::uint8_t byte = 0x2b);
WrappingKey random_wrapping_key(unsigned int bits = 256);
ServiceKey new_service_key();

// The first word of what outcome() gives: `ok`, or the code.
template <typename T>
std::string code_of(const Result<T>& result) {
  const std::string text = outcome(result);
  return text.substr(0, text.find(' '));
}

// A copy with one bit flipped.
ByteVector with_bit_flipped(Bytes bytes, std::size_t bit);

}  // namespace cryptobroker::testing
