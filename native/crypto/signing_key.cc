#include "native/crypto/signing_key.h"

#include <utility>

#include "native/crypto/library_context.h"
#include "native/crypto/signature.h"

namespace cryptobroker {
namespace {

constexpr SignatureScheme kScheme = {.key = KeyAlgorithm::kEcdsa,
                                     .digest = SignatureDigest::kSha384};

Status check_data(Bytes data) {
  if (data.size() > kMaxSignedData) {
    return Error{ErrorCode::INPUT_INVALID, "longer than 16777216 bytes", "data"};
  }
  return Done{};
}

}  // namespace

Result<SigningKey> SigningKey::generate(const LibraryContext& context, const WrappingKey& parent,
                                        MutableBytes wrapped) {
  if (const Status strong = require_aes_256_parent(parent); !strong) {
    return strong.error();
  }
  auto pair = P384Key::generate(context);
  if (!pair) {
    return pair.error();
  }
  const auto info = pair.value().private_key_info();
  if (!info) {
    return info.error();
  }
  const auto length = wrap_key(context, WrapMode::kKwp, parent, wrapped, info.value().view());
  if (!length) {
    return length.error();
  }
  return SigningKey(std::move(pair).value());
}

Result<SigningKey> SigningKey::unwrap(const LibraryContext& context, const WrappingKey& parent,
                                      Bytes wrapped) {
  if (const Status strong = require_aes_256_parent(parent); !strong) {
    return strong.error();
  }
  const Error refused = {ErrorCode::UNWRAP_FAILED,
                         "the wrapped key is damaged or was wrapped under another key", "wrapped"};
  if (wrapped.size() != kWrappedSigningKeyLength) {
    return refused;
  }
  SecretBytes info(kWrappedSigningKeyLength);
  const auto length = unwrap_key(context, WrapMode::kKwp, parent, info.view(), wrapped);
  if (!length) {
    return length.error();
  }
  auto pair = P384Key::from_private_key_info(context, info.view().first(length.value()));
  if (!pair) {
    return refused;
  }
  return SigningKey(std::move(pair).value());
}

Result<std::vector<std::uint8_t>> SigningKey::sign(const LibraryContext& context,
                                                   Bytes data) const {
  const ErrorQueueGuard guard;
  if (pair_.get() == nullptr) {
    return Error{ErrorCode::KEY_HANDLE_CLOSED, "the signing key was dropped", {}};
  }
  if (const Status checked = check_data(data); !checked) {
    return checked.error();
  }
  return cryptobroker::sign(context, pair_.get(), kScheme, data);
}

Result<bool> verify_signature(const LibraryContext& context, Bytes public_key, Bytes data,
                              Bytes signature) {
  const ErrorQueueGuard guard;
  if (const Status checked = check_data(data); !checked) {
    return checked.error();
  }
  const auto key = load_p384_public_key(context, public_key, "publicKey");
  if (!key) {
    return key.error();
  }
  return verify(context, key.value().get(), kScheme, signature, data);
}

}  // namespace cryptobroker
