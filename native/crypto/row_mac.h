// The code that binds a wrapped data key to everything stored about it: AES key wrap authenticates
// the key alone, so without it two rows, or the state of one, could be exchanged unnoticed.
#pragma once

#include <cstddef>
#include <utility>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

class LibraryContext;

// HMAC-SHA-256, not truncated.
inline constexpr std::size_t kRowMacLength = 32;

// What is authenticated, each part preceded by its length (4 bytes, big-endian), so that no byte
// can move from one part to the next.
struct RowParts {
  Bytes header;
  Bytes digest;
  Bytes wrapped;
};

// What is stored is not what was stored.
Error data_key_tampered();

// A MAC key of 32 bytes in the secure heap.
class RowMacKey {
 public:
  static constexpr std::size_t kLength = 32;

  // `key` has kLength bytes.
  explicit RowMacKey(SecureHeapBytes key) : key_(std::move(key)) {}

  // Writes kRowMacLength bytes.
  Status compute(const LibraryContext& context, MutableBytes mac, const RowParts& parts) const;
  // DATA_KEY_TAMPERED when `mac` is not that of `parts`. Takes as long whatever it holds.
  Status verify(const LibraryContext& context, Bytes mac, const RowParts& parts) const;
  // The same function over one message without length: another domain, because a row begins with
  // the length of its header and is never so short.
  Status compute_plain(const LibraryContext& context, MutableBytes mac, Bytes message) const;

  void drop() { key_ = SecureHeapBytes(); }

 private:
  SecureHeapBytes key_;
};

}  // namespace cryptobroker
