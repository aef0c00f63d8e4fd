// The core's failures as JavaScript errors with `code` and `field`.
#pragma once

#include <napi.h>

#include "native/crypto/errors.h"

namespace cryptobroker {

// An Error whose `code` is the core's; `field` is there when the failure is about one.
napi_value to_js_error(Napi::Env env, const Error& error);

void throw_error(Napi::Env env, const Error& error);

}  // namespace cryptobroker
