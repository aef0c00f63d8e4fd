#include "native/binding/js_error.h"

#include <string_view>

namespace cryptobroker {
namespace {

napi_value to_js_string(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

}  // namespace

napi_value to_js_error(Napi::Env env, const Error& error) {
  napi_value object = nullptr;
  const napi_value code = to_js_string(env, error_code_name(error.code));
  napi_create_error(env, code, to_js_string(env, error.message), &object);
  if (!error.field.empty()) {
    napi_set_named_property(env, object, "field", to_js_string(env, error.field));
  }
  return object;
}

void throw_error(Napi::Env env, const Error& error) { napi_throw(env, to_js_error(env, error)); }

}  // namespace cryptobroker
