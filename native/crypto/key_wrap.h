// AES key wrap (SP 800-38F): KW (RFC 3394) and KWP (RFC 5649).
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

class LibraryContext;

enum class WrapMode : std::uint8_t { kKw, kKwp };

// Longest key that is wrapped, in bytes. KW takes multiples of 8 from 16, KWP any length from 1.
inline constexpr std::size_t kMaxWrapInput = 4096;

// A key and its KW form, both of AES-256.
inline constexpr std::size_t kChildKeyLength = 32;
inline constexpr std::size_t kWrappedChildLength = kChildKeyLength + 8;

// An AES key-encryption key in the secure heap. Its bytes go nowhere but into a cipher or a key
// derivation. Movable; one thread at a time.
class WrappingKey {
 public:
  // Takes over 16, 24 or 32 bytes and wipes `bytes`, also when the secure heap has no room.
  static Result<WrappingKey> import(MutableBytes bytes);
  // A new random key of 128, 192 or 256 bits.
  static Result<WrappingKey> generate(const LibraryContext& context, unsigned int bits);

  // Takes over 16, 24 or 32 bytes that are in the secure heap already.
  static Result<WrappingKey> adopt(SecureHeapBytes key);

  // Writes this key's KW form to `wrapped`, kWrappedChildLength bytes. Both keys must be AES-256,
  // so that no key hangs on a weaker one: INPUT_INVALID.
  Status wrap_under(const LibraryContext& context, const WrappingKey& parent,
                    MutableBytes wrapped) const;
  // The key in a form that wrap_under() gave: from one place in the secure heap to another.
  // UNWRAP_FAILED when it was not made under `parent`, INPUT_INVALID when `parent` is not AES-256.
  static Result<WrappingKey> unwrap_under(const LibraryContext& context, const WrappingKey& parent,
                                          Bytes wrapped);

  // Fills `output` by KBKDF (SP 800-108r1 §4.1, HMAC-SHA-256, no context) from this key.
  Status derive(const LibraryContext& context, Bytes label, MutableBytes output) const;

  bool dropped() const { return key_.size() == 0; }
  // Wipes the key; later operations fail with KEY_HANDLE_CLOSED. Dropping twice is harmless.
  void drop();

 private:
  friend class WrapOperation;
  friend Status require_aes_256_parent(const WrappingKey& parent);
  explicit WrappingKey(SecureHeapBytes key);
  SecureHeapBytes key_;
};

// The length of the wrapped form of a key of `key_length` bytes.
std::size_t wrapped_key_length(std::size_t key_length);

// What may protect other keys that rest: KEY_HANDLE_CLOSED, or INPUT_INVALID when it is not
// AES-256.
Status require_aes_256_parent(const WrappingKey& parent);

// All of these check every length first (INPUT_INVALID, OUTPUT_TOO_SMALL), refuse overlapping
// buffers, and leave the output untouched when they fail.

// Makes a random key that fills `key` and writes its KW-wrapped form (8 bytes longer). Returns the
// wrapped length.
Result<std::size_t> generate_and_wrap(const LibraryContext& context, const WrappingKey& kek,
                                      MutableBytes key, MutableBytes wrapped);

// Returns the length written to `wrapped`.
Result<std::size_t> wrap_key(const LibraryContext& context, WrapMode mode, const WrappingKey& kek,
                             MutableBytes wrapped, Bytes key);

// Returns the length written to `key`; UNWRAP_FAILED when `wrapped` was not made by this key and
// mode.
Result<std::size_t> unwrap_key(const LibraryContext& context, WrapMode mode, const WrappingKey& kek,
                               MutableBytes key, Bytes wrapped);

}  // namespace cryptobroker
