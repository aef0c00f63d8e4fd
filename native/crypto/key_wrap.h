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

// An AES key-encryption key in the secure heap. Its bytes go nowhere but into a cipher. Movable;
// one thread at a time.
class WrappingKey {
 public:
  // Takes over 16, 24 or 32 bytes and wipes `bytes`, also when the secure heap has no room.
  static Result<WrappingKey> import(MutableBytes bytes);
  // A new random key of 128, 192 or 256 bits.
  static Result<WrappingKey> generate(const LibraryContext& context, unsigned int bits);

  // Wipes the key; later operations fail with KEY_HANDLE_CLOSED. Dropping twice is harmless.
  void drop();

 private:
  friend class WrapOperation;
  explicit WrappingKey(SecureHeapBytes key);
  SecureHeapBytes key_;
};

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
