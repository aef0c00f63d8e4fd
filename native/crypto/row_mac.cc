#include "native/crypto/row_mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <utility>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {
namespace {

bool update(EVP_MAC_CTX* state, Bytes bytes) {
  return EVP_MAC_update(state, bytes.data(), bytes.size()) == 1;
}

bool update_framed(EVP_MAC_CTX* state, Bytes part) {
  const auto length = static_cast<std::uint32_t>(part.size());
  const std::array<std::uint8_t, 4> prefix = {
      static_cast<std::uint8_t>(length >> 24), static_cast<std::uint8_t>(length >> 16),
      static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
  return update(state, prefix) && update(state, part);
}

// A context with the key in it. It keeps the key on the ordinary heap, so it lives for one message;
// freeing cleanses it.
MacCtxPtr begin(const LibraryContext& context, Bytes key) {
  MacCtxPtr state(EVP_MAC_CTX_dup(context.algorithms().hmac_sha256.get()));
  if (state == nullptr || EVP_MAC_init(state.get(), key.data(), key.size(), nullptr) != 1) {
    return nullptr;
  }
  return state;
}

Status finish(EVP_MAC_CTX* state, MutableBytes mac) {
  std::size_t length = 0;
  if (EVP_MAC_final(state, mac.data(), &length, mac.size()) != 1 || length != kRowMacLength) {
    return internal_error("HMAC");
  }
  return Done{};
}

}  // namespace

Error data_key_tampered() {
  return {ErrorCode::DATA_KEY_TAMPERED, "the stored data key is not what was stored", {}};
}

Status RowMacKey::compute(const LibraryContext& context, MutableBytes mac,
                          const RowParts& parts) const {
  const MacCtxPtr state = begin(context, key_.view());
  if (state == nullptr || !update_framed(state.get(), parts.header) ||
      !update_framed(state.get(), parts.digest) || !update_framed(state.get(), parts.wrapped)) {
    return internal_error("HMAC");
  }
  return finish(state.get(), mac);
}

Status RowMacKey::compute_plain(const LibraryContext& context, MutableBytes mac,
                                Bytes message) const {
  const MacCtxPtr state = begin(context, key_.view());
  if (state == nullptr || !update(state.get(), message)) {
    return internal_error("HMAC");
  }
  return finish(state.get(), mac);
}

Status RowMacKey::verify(const LibraryContext& context, Bytes mac, const RowParts& parts) const {
  std::array<std::uint8_t, kRowMacLength> expected;
  if (const Status computed = compute(context, expected, parts); !computed) {
    return computed.error();
  }
  const bool right = mac.size() == expected.size() &&
                     CRYPTO_memcmp(mac.data(), expected.data(), expected.size()) == 0;
  // The right code for a forged row is as good as the key.
  OPENSSL_cleanse(expected.data(), expected.size());
  if (!right) {
    return data_key_tampered();
  }
  return Done{};
}

}  // namespace cryptobroker
