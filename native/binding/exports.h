// What the addon exports, one function per file beside this one. src/addon/addon.ts
// describes the functions.
#pragma once

#include <napi.h>

namespace cryptobroker {

template <napi_value (*function)(const Napi::CallbackInfo&)>
Napi::Value call_exported(const Napi::CallbackInfo& info) {
  return {info.Env(), function(info)};
}

// Sets exports.name to `function`.
template <napi_value (*function)(const Napi::CallbackInfo&)>
void export_function(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<call_exported<function>>(exports.Env(), name));
}

void export_core(Napi::Object exports);
void export_digests(Napi::Object exports);
void export_key_wrap(Napi::Object exports);
void export_service_keys(Napi::Object exports);
void export_sealing_keys(Napi::Object exports);
void export_data_keys(Napi::Object exports);
void export_signing_keys(Napi::Object exports);
void export_aead(Napi::Object exports);
void export_macs(Napi::Object exports);
void export_random(Napi::Object exports);
void export_certificates(Napi::Object exports);
void export_benchmarks(Napi::Object exports);
void export_data_plane(Napi::Object exports);
void export_client_sessions(Napi::Object exports);

}  // namespace cryptobroker
