// C++ values as JavaScript ones.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstring>

#include "native/crypto/bytes.h"

namespace cryptobroker {

// A new Uint8Array of its own memory, and the way to fill it.
struct NewBytes {
  napi_value array = nullptr;
  MutableBytes content;

  static NewBytes make(Napi::Env env, std::size_t length) {
    NewBytes made;
    napi_value buffer = nullptr;
    void* data = nullptr;
    if (napi_create_arraybuffer(env, length, &data, &buffer) == napi_ok &&
        napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &made.array) == napi_ok) {
      made.content = {static_cast<std::uint8_t*>(data), length};
    }
    return made;
  }
};

inline napi_value to_js_bytes(Napi::Env env, Bytes bytes) {
  const NewBytes made = NewBytes::make(env, bytes.size());
  if (made.content.size() == bytes.size() && !bytes.empty()) {
    std::memcpy(made.content.data(), bytes.data(), bytes.size());
  }
  return made.array;
}

inline napi_value to_js_number(Napi::Env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

}  // namespace cryptobroker
