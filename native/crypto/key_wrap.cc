#include "native/crypto/key_wrap.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/mac.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/random.h"

namespace cryptobroker {
namespace {

Error dropped_key() { return {ErrorCode::KEY_HANDLE_CLOSED, "the wrapping key was dropped", {}}; }

}  // namespace

// One wrapping or unwrapping. A cipher context keeps the expanded key on the ordinary heap, so it
// lives no longer than this (freeing cleanses it); building it anew costs 0.2 to 0.7 of about 4 us.
class WrapOperation {
 public:
  enum class Direction { kWrap, kUnwrap };

  static Result<WrapOperation> begin(const LibraryContext& context, WrapMode mode,
                                     const WrappingKey& kek, Direction direction) {
    if (kek.key_.size() == 0) {
      return dropped_key();
    }
    const AlgorithmSet& algorithms = context.algorithms();
    const EVP_CIPHER* cipher = cipher_for_key(
        mode == WrapMode::kKw ? algorithms.key_wrap : algorithms.key_wrap_padded, kek.key_.size());
    CipherCtxPtr state(EVP_CIPHER_CTX_new());
    if (state == nullptr) {
      return internal_error("key wrap");
    }
    EVP_CIPHER_CTX_set_flags(state.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    // No IV: the default one of RFC 3394 §2.2.3.1 or RFC 5649 §3.
    if (EVP_CipherInit_ex2(state.get(), cipher, kek.key_.view().data(), nullptr,
                           direction == Direction::kWrap ? 1 : 0, nullptr) != 1) {
      return internal_error("key wrap");
    }
    return WrapOperation(std::move(state));
  }

  // Returns the output's length, 0 on failure. Writes up to input.size() + 16 bytes when wrapping
  // and may cleanse up to input.size() bytes of `output` when unwrapping fails, whatever the length
  // of the key would have been.
  std::size_t run(std::uint8_t* output, Bytes input) {
    int length = 0;
    const int result = EVP_CipherUpdate(state_.get(), output, &length, input.data(),
                                        static_cast<int>(input.size()));
    return result == 1 && length > 0 ? static_cast<std::size_t>(length) : 0;
  }

 private:
  explicit WrapOperation(CipherCtxPtr state) : state_(std::move(state)) {}
  CipherCtxPtr state_;
};

namespace {

using Direction = WrapOperation::Direction;

constexpr std::size_t kSemiblock = 8;

Error invalid(const char* field, std::string message) {
  return {ErrorCode::INPUT_INVALID, std::move(message), field};
}

Error unwrap_failed() {
  return {ErrorCode::UNWRAP_FAILED, "the wrapped key is damaged or was wrapped under another key",
          "wrapped"};
}

Error too_small(const char* field, std::size_t needed) {
  return {ErrorCode::OUTPUT_TOO_SMALL, "needs " + std::to_string(needed) + " bytes", field};
}

bool is_key_length(std::size_t bytes) { return bytes == 16 || bytes == 24 || bytes == 32; }

bool is_wrappable(WrapMode mode, std::size_t length) {
  return mode == WrapMode::kKw
             ? length >= 2 * kSemiblock && length <= kMaxWrapInput && length % kSemiblock == 0
             : length >= 1 && length <= kMaxWrapInput;
}

bool is_unwrappable(WrapMode mode, std::size_t length) {
  const std::size_t shortest = mode == WrapMode::kKw ? 3 * kSemiblock : 2 * kSemiblock;
  return length >= shortest && length <= wrapped_key_length(kMaxWrapInput) &&
         length % kSemiblock == 0;
}

// Lengths are checked. Wrapping begins with a copy of the key in its output, which therefore is not
// the caller's memory.
Result<std::size_t> wrap_checked(const LibraryContext& context, WrapMode mode,
                                 const WrappingKey& kek, MutableBytes wrapped, Bytes key) {
  auto operation = WrapOperation::begin(context, mode, kek, Direction::kWrap);
  if (!operation) {
    return operation.error();
  }
  std::array<std::uint8_t, kMaxWrapInput + 16> scratch;
  const std::size_t length = operation.value().run(scratch.data(), key);
  if (length != wrapped_key_length(key.size())) {
    OPENSSL_cleanse(scratch.data(), scratch.size());
    return internal_error("key wrap");
  }
  std::memcpy(wrapped.data(), scratch.data(), length);
  return length;
}

}  // namespace

// KWP pads to whole semiblocks; both add one for the integrity check.
std::size_t wrapped_key_length(std::size_t key_length) {
  return (key_length + kSemiblock - 1) / kSemiblock * kSemiblock + kSemiblock;
}

Status require_aes_256_parent(const WrappingKey& parent) {
  if (parent.dropped()) {
    return dropped_key();
  }
  if (parent.key_.size() != kChildKeyLength) {
    return invalid("parent", "not an AES-256 wrapping key");
  }
  return Done{};
}

WrappingKey::WrappingKey(SecureHeapBytes key) : key_(std::move(key)) {}

Result<WrappingKey> WrappingKey::import(MutableBytes bytes) {
  if (!is_key_length(bytes.size())) {
    return invalid("bytes", "a wrapping key has 16, 24 or 32 bytes");
  }
  SecureHeapBytes key(bytes.size());
  const bool stored = key.size() == bytes.size();
  if (stored) {
    std::memcpy(key.data(), bytes.data(), bytes.size());
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!stored) {
    return internal_error("allocation in the secure heap");
  }
  return WrappingKey(std::move(key));
}

Result<WrappingKey> WrappingKey::generate(const LibraryContext& context, unsigned int bits) {
  if (bits % 8 != 0 || !is_key_length(bits / 8)) {
    return invalid("bits", "a wrapping key has 128, 192 or 256 bits");
  }
  SecureHeapBytes key(bits / 8);
  if (key.size() == 0) {
    return internal_error("allocation in the secure heap");
  }
  if (const Status filled = fill_random_secret(context, key.view()); !filled) {
    return filled.error();
  }
  return WrappingKey(std::move(key));
}

Result<WrappingKey> WrappingKey::adopt(SecureHeapBytes key) {
  if (!is_key_length(key.size())) {
    return key.size() == 0 ? internal_error("allocation in the secure heap")
                           : invalid("key", "a wrapping key has 16, 24 or 32 bytes");
  }
  return WrappingKey(std::move(key));
}

Status WrappingKey::wrap_under(const LibraryContext& context, const WrappingKey& parent,
                               MutableBytes wrapped) const {
  const ErrorQueueGuard guard;
  if (const Status strong = require_aes_256_parent(parent); !strong) {
    return strong.error();
  }
  if (dropped()) {
    return dropped_key();
  }
  if (key_.size() != kChildKeyLength) {
    return invalid("key", "not an AES-256 key");
  }
  if (wrapped.size() < kWrappedChildLength) {
    return too_small("wrapped", kWrappedChildLength);
  }
  const auto length = wrap_checked(context, WrapMode::kKw, parent, wrapped, key_.view());
  return length ? Status(Done{}) : Status(length.error());
}

Result<WrappingKey> WrappingKey::unwrap_under(const LibraryContext& context,
                                              const WrappingKey& parent, Bytes wrapped) {
  const ErrorQueueGuard guard;
  if (const Status strong = require_aes_256_parent(parent); !strong) {
    return strong.error();
  }
  if (wrapped.size() != kWrappedChildLength) {
    return unwrap_failed();
  }
  auto operation = WrapOperation::begin(context, WrapMode::kKw, parent, Direction::kUnwrap);
  if (!operation) {
    return operation.error();
  }
  SecureHeapBytes scratch(wrapped.size());
  SecureHeapBytes key(kChildKeyLength);
  if (scratch.size() == 0 || key.size() == 0) {
    return internal_error("allocation in the secure heap");
  }
  if (operation.value().run(scratch.data(), wrapped) != key.size()) {
    return unwrap_failed();
  }
  std::memcpy(key.data(), scratch.data(), key.size());
  return WrappingKey(std::move(key));
}

Status WrappingKey::derive(const LibraryContext& context, Bytes label, MutableBytes output) const {
  if (dropped()) {
    return dropped_key();
  }
  return derive_key(context, DigestId::kSha256, output, key_.view(), label, {});
}

void WrappingKey::drop() { key_ = SecureHeapBytes(); }

Result<std::size_t> generate_and_wrap(const LibraryContext& context, const WrappingKey& kek,
                                      MutableBytes key, MutableBytes wrapped) {
  const ErrorQueueGuard guard;
  if (!is_wrappable(WrapMode::kKw, key.size())) {
    return invalid("key", "a key to wrap has a multiple of 8 bytes, 16 to 4096");
  }
  if (wrapped.size() < wrapped_key_length(key.size())) {
    return too_small("wrapped", wrapped_key_length(key.size()));
  }
  if (overlap(key, wrapped)) {
    return invalid("wrapped", "overlaps the key");
  }
  SecretBytes fresh(key.size());
  if (const Status filled = fill_random_secret(context, fresh.view()); !filled) {
    return filled.error();
  }
  auto length = wrap_checked(context, WrapMode::kKw, kek, wrapped, fresh.view());
  if (length) {
    std::memcpy(key.data(), fresh.data(), fresh.size());
  }
  return length;
}

Result<std::size_t> wrap_key(const LibraryContext& context, WrapMode mode, const WrappingKey& kek,
                             MutableBytes wrapped, Bytes key) {
  const ErrorQueueGuard guard;
  if (!is_wrappable(mode, key.size())) {
    return invalid("key", mode == WrapMode::kKw
                              ? "a key to wrap has a multiple of 8 bytes, 16 to 4096"
                              : "a key to wrap has 1 to 4096 bytes");
  }
  if (wrapped.size() < wrapped_key_length(key.size())) {
    return too_small("wrapped", wrapped_key_length(key.size()));
  }
  if (overlap(key, wrapped)) {
    return invalid("wrapped", "overlaps the key");
  }
  return wrap_checked(context, mode, kek, wrapped, key);
}

Result<std::size_t> unwrap_key(const LibraryContext& context, WrapMode mode, const WrappingKey& kek,
                               MutableBytes key, Bytes wrapped) {
  const ErrorQueueGuard guard;
  if (!is_unwrappable(mode, wrapped.size())) {
    return invalid("wrapped", mode == WrapMode::kKw
                                  ? "a wrapped key has a multiple of 8 bytes, 24 to 4104"
                                  : "a wrapped key has a multiple of 8 bytes, 16 to 4104");
  }
  if (overlap(key, wrapped)) {
    return invalid("key", "overlaps the wrapped key");
  }
  auto operation = WrapOperation::begin(context, mode, kek, Direction::kUnwrap);
  if (!operation) {
    return operation.error();
  }
  // Never straight into the caller's buffer: on failure OpenSSL cleanses as many bytes of its
  // output as the input has, which is more than the key, and a failure must not touch that buffer
  // at all.
  SecretBytes scratch(wrapped.size());
  const std::size_t length = operation.value().run(scratch.data(), wrapped);
  if (length == 0 || length > wrapped.size() - kSemiblock) {
    return unwrap_failed();
  }
  if (key.size() < length) {
    return too_small("key", length);
  }
  std::memcpy(key.data(), scratch.data(), length);
  return length;
}

}  // namespace cryptobroker
