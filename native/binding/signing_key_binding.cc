// ECDSA with keys behind handles.
#include <algorithm>
#include <utility>

#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/key_handles.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/signing_key.h"

namespace cryptobroker {
namespace {

napi_value give_signing_key(Napi::Env env, Result<SigningKey> key, MutableBytes public_key) {
  if (key) {
    std::ranges::copy(key.value().public_key_info(), public_key.begin());
  }
  return give_key(env, std::move(key));
}

napi_value generate(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* parent = read_handle<WrappingKey>(reader, info[0], "parent");
  const MutableBytes wrapped = reader.bytes(info[1], "wrapped", kWrappedSigningKeyLength);
  const MutableBytes public_key = reader.bytes(info[2], "publicKey", kP384SpkiLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_signing_key(info.Env(), SigningKey::generate(*context, *parent, wrapped), public_key);
}

napi_value unwrap(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* parent = read_handle<WrappingKey>(reader, info[0], "parent");
  const Bytes wrapped = reader.bytes(info[1], "wrapped");
  const MutableBytes public_key = reader.bytes(info[2], "publicKey", kP384SpkiLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_signing_key(info.Env(), SigningKey::unwrap(*context, *parent, wrapped), public_key);
}

napi_value sign(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<SigningKey>(reader, info[0], "key");
  const Bytes data = reader.bytes(info[1], "data");
  if (reader.failed()) {
    return reader.raise();
  }
  const auto signature = key->sign(*context, data);
  if (!signature) {
    throw_error(info.Env(), signature.error());
    return info.Env().Undefined();
  }
  return to_js_bytes(info.Env(), signature.value());
}

napi_value verify(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const Bytes public_key = reader.bytes(info[0], "publicKey");
  const Bytes data = reader.bytes(info[1], "data");
  const Bytes signature = reader.bytes(info[2], "signature");
  if (reader.failed()) {
    return reader.raise();
  }
  const auto verified = verify_signature(*context, public_key, data, signature);
  if (!verified) {
    throw_error(info.Env(), verified.error());
    return info.Env().Undefined();
  }
  return Napi::Boolean::New(info.Env(), verified.value());
}

}  // namespace

void export_signing_keys(Napi::Object exports) {
  export_function<generate>(exports, "signingKeyGenerate");
  export_function<unwrap>(exports, "signingKeyUnwrap");
  export_function<sign>(exports, "signingKeySign");
  export_function<verify>(exports, "signingKeyVerify");
  export_function<drop_key<SigningKey>>(exports, "signingKeyDrop");
}

}  // namespace cryptobroker
