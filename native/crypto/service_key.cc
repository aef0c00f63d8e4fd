#include "native/crypto/service_key.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace cryptobroker {
namespace {

// A new purpose or algorithm gets a new label.
constexpr std::string_view kMacKeyLabel = "cryptobroker row mac v1";
constexpr std::string_view kCheckValueText = "kcv";
constexpr unsigned int kServiceKeyBits = 256;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Result<ServiceKey> ServiceKey::generate(const LibraryContext& context, const WrappingKey& parent,
                                        MutableBytes wrapped) {
  auto kek = WrappingKey::generate(context, kServiceKeyBits);
  if (!kek) {
    return kek.error();
  }
  auto key = derive_rest(context, std::move(kek).value());
  if (!key) {
    return key;
  }
  if (const Status done = key.value().wrap_under(context, parent, wrapped); !done) {
    return done.error();
  }
  return key;
}

Result<ServiceKey> ServiceKey::unwrap(const LibraryContext& context, const WrappingKey& parent,
                                      Bytes wrapped) {
  auto kek = WrappingKey::unwrap_under(context, parent, wrapped);
  return kek ? derive_rest(context, std::move(kek).value()) : Result<ServiceKey>(kek.error());
}

Result<ServiceKey> ServiceKey::derive_rest(const LibraryContext& context, WrappingKey kek) {
  SecureHeapBytes mac_key(RowMacKey::kLength);
  if (mac_key.size() == 0) {
    return internal_error("allocation in the secure heap");
  }
  if (const Status derived = kek.derive(context, bytes_of(kMacKeyLabel), mac_key.view());
      !derived) {
    return derived.error();
  }
  ServiceKey key(std::move(kek), RowMacKey(std::move(mac_key)));
  std::array<std::uint8_t, kRowMacLength> mac;
  if (const Status computed = key.mac_.compute_plain(context, mac, bytes_of(kCheckValueText));
      !computed) {
    return computed.error();
  }
  std::copy_n(mac.begin(), kCheckValueLength, key.check_value_.begin());
  return key;
}

Status ServiceKey::wrap_under(const LibraryContext& context, const WrappingKey& parent,
                              MutableBytes wrapped) const {
  if (const Status open = require_open(); !open) {
    return open.error();
  }
  return kek_.wrap_under(context, parent, wrapped);
}

Status ServiceKey::require_open() const {
  if (kek_.dropped()) {
    return Error{ErrorCode::KEY_HANDLE_CLOSED, "the service key was dropped", {}};
  }
  return Done{};
}

void ServiceKey::drop() {
  kek_.drop();
  mac_.drop();
}

}  // namespace cryptobroker
