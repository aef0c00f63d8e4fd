// Opaque handles: an External with a type tag, so that a handle of one kind cannot pass for
// another.
#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "native/binding/values.h"

namespace cryptobroker {

// Each type that may stand behind a handle specializes this with a tag of its own (any 128 random
// bits).
template <typename T>
struct HandleTag;

// Gives `object` to JavaScript; it dies with its handle.
template <typename T>
Napi::Value make_handle(Napi::Env env, std::unique_ptr<T> object) {
  const auto external =
      Napi::External<T>::New(env, object.get(), [](Napi::Env, T* owned) { delete owned; });
  (void)object.release();
  napi_type_tag_object(env, external, &HandleTag<T>::value);
  return external;
}

// The object behind a handle; nullptr, and a failed reader, when `value` is no handle of this kind.
template <typename T>
T* read_handle(ValueReader& reader, napi_value value, const char* name) {
  bool is_ours = false;
  napi_valuetype type = napi_undefined;
  void* object = nullptr;
  const napi_env env = reader.env();
  if (reader.failed()) {
    return nullptr;
  }
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external ||
      napi_check_object_type_tag(env, value, &HandleTag<T>::value, &is_ours) != napi_ok ||
      !is_ours || napi_get_value_external(env, value, &object) != napi_ok) {
    reader.fail(name, "not a handle of this kind");
    return nullptr;
  }
  return static_cast<T*>(object);
}

}  // namespace cryptobroker
