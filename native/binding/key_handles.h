// The kinds of key that JavaScript holds handles of.
#pragma once

#include "native/binding/handle.h"
#include "native/binding/js_error.h"
#include "native/crypto/key_wrap.h"
#include "native/crypto/sealing_key.h"
#include "native/crypto/service_key.h"
#include "native/crypto/signing_key.h"

namespace cryptobroker {

template <>
struct HandleTag<WrappingKey> {
  static constexpr napi_type_tag value{0x5f2d4f0c8d0b4b1e, 0x9a61c7e35b7d2f48};
};
template <>
struct HandleTag<ServiceKey> {
  static constexpr napi_type_tag value{0x1c8e07b96a4f4d73, 0xb2f05d91c36e8a17};
};
template <>
struct HandleTag<SealingKey> {
  static constexpr napi_type_tag value{0xe3947ab15c2d4086, 0x87d1f36b09ae52c4};
};
template <>
struct HandleTag<SigningKey> {
  static constexpr napi_type_tag value{0x76b50fd2e91a4c3b, 0xa80c4e67d5f3192e};
};

// A handle to the key that was made, or the error thrown.
template <typename Key>
napi_value give_key(Napi::Env env, Result<Key> made) {
  if (!made) {
    throw_error(env, made.error());
    return env.Undefined();
  }
  return make_handle(env, std::make_unique<Key>(std::move(made).value()));
}

// Wipes the key behind the handle in the first argument.
template <typename Key>
napi_value drop_key(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  Key* key = read_handle<Key>(reader, info[0], "key");
  if (reader.failed()) {
    return reader.raise();
  }
  key->drop();
  return info.Env().Undefined();
}

}  // namespace cryptobroker
