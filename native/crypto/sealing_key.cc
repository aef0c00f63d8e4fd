#include "native/crypto/sealing_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <utility>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {
namespace {

// The x coordinate of the shared point (SP 800-56A Rev. 3 §5.7.1.2).
constexpr std::size_t kSharedSecretLength = 48;

Error invalid(const char* field, const char* message) {
  return {ErrorCode::INPUT_INVALID, message, field};
}

OSSL_PARAM octets(const char* name, Bytes value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()),
                                           value.size());
}

// EVP_PKEY_derive_set_peer() checks the public key as SP 800-56A Rev. 3 §5.6.2.3.3 asks.
bool agree(const LibraryContext& context, EVP_PKEY* own, EVP_PKEY* peer, MutableBytes secret) {
  const PkeyCtxPtr state(EVP_PKEY_CTX_new_from_pkey(context.handle(), own, context.properties()));
  std::size_t length = secret.size();
  return state != nullptr && EVP_PKEY_derive_init(state.get()) == 1 &&
         EVP_PKEY_derive_set_peer(state.get(), peer) == 1 &&
         EVP_PKEY_derive(state.get(), secret.data(), &length) == 1 && length == secret.size();
}

// The key-encryption key between two parties.
Result<WrappingKey> derive_wrapping_key(const LibraryContext& context, EVP_PKEY* own,
                                        EVP_PKEY* peer, Bytes fixed_info) {
  SecretBytes secret(kSharedSecretLength);
  if (!agree(context, own, peer, secret.view())) {
    return internal_error("key agreement");
  }
  SecureHeapBytes derived(kChildKeyLength);
  const KdfCtxPtr state(EVP_KDF_CTX_new(context.algorithms().one_step_kdf.get()));
  const std::array params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>("SHA2-384"), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_PROPERTIES,
                                       const_cast<char*>(context.properties()), 0),
      octets(OSSL_KDF_PARAM_KEY, std::as_const(secret).view()),
      octets(OSSL_KDF_PARAM_INFO, fixed_info), OSSL_PARAM_construct_end()};
  if (derived.size() == 0) {
    return internal_error("allocation in the secure heap");
  }
  if (state == nullptr ||
      EVP_KDF_derive(state.get(), derived.data(), derived.size(), params.data()) != 1) {
    return internal_error("one-step key derivation");
  }
  return WrappingKey::adopt(std::move(derived));
}

Status check_context(Bytes fixed_info) {
  if (fixed_info.size() > kMaxSealingContext) {
    return invalid("context", "longer than 4096 bytes");
  }
  return Done{};
}

Error unwrap_failed() {
  return {ErrorCode::UNWRAP_FAILED,
          "the sealed key is damaged, or was sealed to another key or for another context",
          "sealed"};
}

}  // namespace

Result<SealingKey> SealingKey::generate(const LibraryContext& context) {
  auto pair = P384Key::generate(context);
  return pair ? Result<SealingKey>(SealingKey{std::move(pair).value()})
              : Result<SealingKey>(pair.error());
}

Result<SealedServiceKey> seal_service_key(const LibraryContext& context, const ServiceKey& key,
                                          Bytes recipient, Bytes fixed_info) {
  const ErrorQueueGuard guard;
  if (const Status open = key.require_open(); !open) {
    return open.error();
  }
  if (const Status checked = check_context(fixed_info); !checked) {
    return checked.error();
  }
  const auto peer = load_p384_public_key(context, recipient, "recipient");
  if (!peer) {
    return peer.error();
  }
  const auto ephemeral = P384Key::generate(context);
  if (!ephemeral) {
    return ephemeral.error();
  }
  const auto kek =
      derive_wrapping_key(context, ephemeral.value().get(), peer.value().get(), fixed_info);
  if (!kek) {
    return kek.error();
  }
  SealedServiceKey sealed;
  std::ranges::copy(ephemeral.value().point(), sealed.ephemeral_public.begin());
  if (const Status wrapped = key.wrap_under(context, kek.value(), sealed.wrapped_key); !wrapped) {
    return wrapped.error();
  }
  return sealed;
}

Result<ServiceKey> open_service_key(const LibraryContext& context, const SealingKey& recipient,
                                    Bytes ephemeral_public, Bytes wrapped_key, Bytes fixed_info) {
  const ErrorQueueGuard guard;
  if (recipient.pair.get() == nullptr) {
    return Error{ErrorCode::KEY_HANDLE_CLOSED, "the sealing key was dropped", {}};
  }
  if (const Status checked = check_context(fixed_info); !checked) {
    return checked.error();
  }
  const auto peer = load_p384_point(context, ephemeral_public, "sealed");
  if (!peer) {
    return unwrap_failed();
  }
  const auto kek =
      derive_wrapping_key(context, recipient.pair.get(), peer.value().get(), fixed_info);
  if (!kek) {
    return kek.error();
  }
  auto key = ServiceKey::unwrap(context, kek.value(), wrapped_key);
  return key || key.error().code != ErrorCode::UNWRAP_FAILED ? std::move(key)
                                                             : Result<ServiceKey>(unwrap_failed());
}

}  // namespace cryptobroker
