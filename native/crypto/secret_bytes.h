// Bytes that wipe themselves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/crypto/bytes.h"

namespace cryptobroker {

// Owns secret bytes on the ordinary heap and cleanses them when it dies or is moved over. Never
// copied, never printed.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);
  static SecretBytes copy_of(Bytes source);
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  Bytes view() const { return {data_, size_}; }
  MutableBytes view() { return {data_, size_}; }
  void wipe();

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// The same in OpenSSL's secure heap: locked against swapping and left out of core dumps. For keys
// that rest.
class SecureHeapBytes {
 public:
  SecureHeapBytes() = default;
  // size() is 0 afterwards when the secure heap is exhausted.
  explicit SecureHeapBytes(std::size_t size);
  ~SecureHeapBytes();
  SecureHeapBytes(SecureHeapBytes&& other) noexcept;
  SecureHeapBytes& operator=(SecureHeapBytes&& other) noexcept;
  SecureHeapBytes(const SecureHeapBytes&) = delete;
  SecureHeapBytes& operator=(const SecureHeapBytes&) = delete;

  std::uint8_t* data() { return data_; }
  Bytes view() const { return {data_, size_}; }
  MutableBytes view() { return {data_, size_}; }
  std::size_t size() const { return size_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cryptobroker
