// Service keys: an AES-256 key-encryption key, and the MAC key derived from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_wrap.h"
#include "native/crypto/row_mac.h"

namespace cryptobroker {

class LibraryContext;

inline constexpr std::size_t kCheckValueLength = 8;

// Rests in the secure heap; its bytes go into ciphers and MACs, or leave wrapped. Movable; one
// thread at a time.
class ServiceKey {
 public:
  // A new random key; `wrapped` receives its KW form under `parent`, kWrappedChildLength bytes.
  static Result<ServiceKey> generate(const LibraryContext& context, const WrappingKey& parent,
                                     MutableBytes wrapped);
  // UNWRAP_FAILED when `wrapped` was not made by generate() or wrap_under() with `parent`.
  static Result<ServiceKey> unwrap(const LibraryContext& context, const WrappingKey& parent,
                                   Bytes wrapped);

  // Writes the key's KW form under `parent`.
  Status wrap_under(const LibraryContext& context, const WrappingKey& parent,
                    MutableBytes wrapped) const;

  // By which two holders see that they hold the same key: the first bytes of HMAC-SHA-256 under the
  // MAC key of the text `kcv`.
  Bytes check_value() const { return check_value_; }

  const WrappingKey& wrapping() const { return kek_; }
  const RowMacKey& mac() const { return mac_; }

  // KEY_HANDLE_CLOSED once dropped.
  Status require_open() const;
  // Wipes the key. Dropping twice is harmless.
  void drop();

 private:
  ServiceKey(WrappingKey kek, RowMacKey mac) : kek_(std::move(kek)), mac_(std::move(mac)) {}
  static Result<ServiceKey> derive_rest(const LibraryContext& context, WrappingKey kek);

  WrappingKey kek_;
  RowMacKey mac_;
  std::array<std::uint8_t, kCheckValueLength> check_value_{};
};

}  // namespace cryptobroker
