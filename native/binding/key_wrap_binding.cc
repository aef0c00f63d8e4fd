// AES key wrap with keys behind handles.
#include <utility>

#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/js_error.h"
#include "native/binding/key_handles.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/key_wrap.h"

namespace cryptobroker {

namespace {

WrapMode read_mode(ValueReader& reader, napi_value value) {
  return reader.integer(value, "mode", 0, 1) == 0 ? WrapMode::kKw : WrapMode::kKwp;
}

napi_value give_length(Napi::Env env, const Result<std::size_t>& length) {
  if (!length) {
    throw_error(env, length.error());
    return env.Undefined();
  }
  return to_js_number(env, static_cast<double>(length.value()));
}

napi_value kek_import(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  // The secure heap exists only once the core has started.
  started_context(reader);
  const MutableBytes bytes = reader.bytes(info[0], "bytes");
  return reader.failed() ? reader.raise() : give_key(info.Env(), WrappingKey::import(bytes));
}

napi_value kek_generate(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto bits = static_cast<unsigned int>(reader.integer(info[0], "bits", 0, 256));
  if (reader.failed()) {
    return reader.raise();
  }
  return give_key(info.Env(), WrappingKey::generate(*context, bits));
}

napi_value kek_generate_child(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* parent = read_handle<WrappingKey>(reader, info[0], "parent");
  const MutableBytes wrapped = reader.bytes(info[1], "wrapped", kWrappedChildLength);
  if (reader.failed()) {
    return reader.raise();
  }
  auto child = WrappingKey::generate(*context, 8 * kChildKeyLength);
  if (child) {
    if (const Status done = child.value().wrap_under(*context, *parent, wrapped); !done) {
      child = done.error();
    }
  }
  return give_key(info.Env(), std::move(child));
}

napi_value kek_unwrap_child(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* parent = read_handle<WrappingKey>(reader, info[0], "parent");
  const Bytes wrapped = reader.bytes(info[1], "wrapped");
  if (reader.failed()) {
    return reader.raise();
  }
  return give_key(info.Env(), WrappingKey::unwrap_under(*context, *parent, wrapped));
}

napi_value generate_and_wrap_key(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* kek = read_handle<WrappingKey>(reader, info[0], "kek");
  const MutableBytes key = reader.bytes(info[1], "key");
  const MutableBytes wrapped = reader.bytes(info[2], "wrapped");
  if (reader.failed()) {
    return reader.raise();
  }
  return give_length(info.Env(), generate_and_wrap(*context, *kek, key, wrapped));
}

napi_value wrap(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const WrapMode mode = read_mode(reader, info[0]);
  const auto* kek = read_handle<WrappingKey>(reader, info[1], "kek");
  const Bytes key = reader.bytes(info[2], "key");
  const MutableBytes wrapped = reader.bytes(info[3], "wrapped");
  if (reader.failed()) {
    return reader.raise();
  }
  return give_length(info.Env(), wrap_key(*context, mode, *kek, wrapped, key));
}

napi_value unwrap(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const WrapMode mode = read_mode(reader, info[0]);
  const auto* kek = read_handle<WrappingKey>(reader, info[1], "kek");
  const Bytes wrapped = reader.bytes(info[2], "wrapped");
  const MutableBytes key = reader.bytes(info[3], "key");
  if (reader.failed()) {
    return reader.raise();
  }
  return give_length(info.Env(), unwrap_key(*context, mode, *kek, key, wrapped));
}

}  // namespace

void export_key_wrap(Napi::Object exports) {
  export_function<kek_import>(exports, "kekImport");
  export_function<kek_generate>(exports, "kekGenerate");
  export_function<kek_generate_child>(exports, "kekGenerateChild");
  export_function<kek_unwrap_child>(exports, "kekUnwrapChild");
  export_function<drop_key<WrappingKey>>(exports, "kekDrop");
  export_function<generate_and_wrap_key>(exports, "generateAndWrap");
  export_function<wrap>(exports, "wrap");
  export_function<unwrap>(exports, "unwrap");
}

}  // namespace cryptobroker
