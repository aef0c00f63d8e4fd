// The addon's entry: one call per JavaScript environment that loads it.
#include <napi.h>

#include "native/binding/environment.h"
#include "native/binding/exports.h"

namespace cryptobroker {
namespace {

Napi::Object register_exports(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment());
  export_core(exports);
  export_digests(exports);
  export_key_wrap(exports);
  export_service_keys(exports);
  export_sealing_keys(exports);
  export_data_keys(exports);
  export_signing_keys(exports);
  export_aead(exports);
  export_macs(exports);
  export_random(exports);
  export_certificates(exports);
  export_benchmarks(exports);
  export_data_plane(exports);
  export_client_sessions(exports);
  return exports;
}

}  // namespace
}  // namespace cryptobroker

// The macro makes an identifier of the function's name.
using cryptobroker::register_exports;
NODE_API_MODULE(cryptobroker, register_exports)
