#include "native/test/support/keys.h"

#include <gtest/gtest.h>

#include <utility>

#include "native/test/support/context.h"

namespace cryptobroker::testing {

WrappingKey wrapping_key(std::uint8_t byte) {
  ByteVector bytes(32, byte);
  auto key = WrappingKey::import(bytes);
  EXPECT_TRUE(key) << outcome(key);
  return std::move(key).value();
}

WrappingKey random_wrapping_key(unsigned int bits) {
  auto key = WrappingKey::generate(context(), bits);
  EXPECT_TRUE(key) << outcome(key);
  return std::move(key).value();
}

ServiceKey new_service_key() {
  ByteVector wrapped(kWrappedChildLength);
  auto key = ServiceKey::generate(context(), random_wrapping_key(), wrapped);
  EXPECT_TRUE(key) << outcome(key);
  return std::move(key).value();
}

ByteVector with_bit_flipped(Bytes bytes, std::size_t bit) {
  ByteVector changed(bytes.begin(), bytes.end());
  changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
  return changed;
}

}  // namespace cryptobroker::testing
