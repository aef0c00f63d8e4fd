// Service keys behind handles. A new key's check value goes into a buffer of the caller.
#include <algorithm>
#include <utility>

#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/key_handles.h"
#include "native/binding/values.h"
#include "native/crypto/service_key.h"

namespace cryptobroker {
namespace {

napi_value give_service_key(Napi::Env env, Result<ServiceKey> key, MutableBytes check_value) {
  if (key) {
    std::ranges::copy(key.value().check_value(), check_value.begin());
  }
  return give_key(env, std::move(key));
}

napi_value generate(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* parent = read_handle<WrappingKey>(reader, info[0], "parent");
  const MutableBytes wrapped = reader.bytes(info[1], "wrapped", kWrappedChildLength);
  const MutableBytes check_value = reader.bytes(info[2], "checkValue", kCheckValueLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_service_key(info.Env(), ServiceKey::generate(*context, *parent, wrapped),
                          check_value);
}

napi_value unwrap(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* parent = read_handle<WrappingKey>(reader, info[0], "parent");
  const Bytes wrapped = reader.bytes(info[1], "wrapped");
  const MutableBytes check_value = reader.bytes(info[2], "checkValue", kCheckValueLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_service_key(info.Env(), ServiceKey::unwrap(*context, *parent, wrapped), check_value);
}

napi_value seal(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<ServiceKey>(reader, info[0], "key");
  const Bytes recipient = reader.bytes(info[1], "recipient");
  const Bytes fixed_info = reader.bytes(info[2], "context");
  const MutableBytes ephemeral_public = reader.bytes(info[3], "ephemeralPublic", kP384PointLength);
  const MutableBytes wrapped_key = reader.bytes(info[4], "wrappedKey", kWrappedChildLength);
  if (reader.failed()) {
    return reader.raise();
  }
  const auto sealed = seal_service_key(*context, *key, recipient, fixed_info);
  if (!sealed) {
    throw_error(info.Env(), sealed.error());
  } else {
    std::ranges::copy(sealed.value().ephemeral_public, ephemeral_public.begin());
    std::ranges::copy(sealed.value().wrapped_key, wrapped_key.begin());
  }
  return info.Env().Undefined();
}

napi_value open(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* recipient = read_handle<SealingKey>(reader, info[0], "recipient");
  const Bytes ephemeral_public = reader.bytes(info[1], "ephemeralPublic");
  const Bytes wrapped_key = reader.bytes(info[2], "wrappedKey");
  const Bytes fixed_info = reader.bytes(info[3], "context");
  const MutableBytes check_value = reader.bytes(info[4], "checkValue", kCheckValueLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_service_key(
      info.Env(), open_service_key(*context, *recipient, ephemeral_public, wrapped_key, fixed_info),
      check_value);
}

}  // namespace

void export_service_keys(Napi::Object exports) {
  export_function<generate>(exports, "serviceKeyGenerate");
  export_function<unwrap>(exports, "serviceKeyUnwrap");
  export_function<seal>(exports, "serviceKeySeal");
  export_function<open>(exports, "serviceKeyOpen");
  export_function<drop_key<ServiceKey>>(exports, "serviceKeyDrop");
}

}  // namespace cryptobroker
