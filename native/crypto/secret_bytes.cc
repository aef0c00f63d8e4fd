#include "native/crypto/secret_bytes.h"

#include <openssl/crypto.h>

#include <cstring>
#include <utility>

namespace cryptobroker {

SecretBytes::SecretBytes(std::size_t size) {
  if (size == 0) {
    return;
  }
  data_ = new std::uint8_t[size]();
  size_ = size;
}

SecretBytes SecretBytes::copy_of(Bytes source) {
  SecretBytes copy(source.size());
  if (!source.empty()) {
    std::memcpy(copy.data_, source.data(), source.size());
  }
  return copy;
}

SecretBytes::~SecretBytes() { wipe(); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void SecretBytes::wipe() {
  if (data_ == nullptr) {
    return;
  }
  OPENSSL_cleanse(data_, size_);
  delete[] data_;
  data_ = nullptr;
  size_ = 0;
}

SecureHeapBytes::SecureHeapBytes(std::size_t size) {
  // Without a secure heap OPENSSL_secure_malloc quietly takes ordinary memory; a resting key must
  // not get any.
  if (size == 0 || CRYPTO_secure_malloc_initialized() != 1) {
    return;
  }
  data_ = static_cast<std::uint8_t*>(OPENSSL_secure_zalloc(size));
  size_ = data_ == nullptr ? 0 : size;
}

SecureHeapBytes::~SecureHeapBytes() { OPENSSL_secure_clear_free(data_, size_); }

SecureHeapBytes::SecureHeapBytes(SecureHeapBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecureHeapBytes& SecureHeapBytes::operator=(SecureHeapBytes&& other) noexcept {
  if (this != &other) {
    OPENSSL_secure_clear_free(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

}  // namespace cryptobroker
