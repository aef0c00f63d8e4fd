// Random bytes.
#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/js_error.h"
#include "native/binding/values.h"
#include "native/crypto/random.h"

namespace cryptobroker {
namespace {

// From the generator for secrets: what JavaScript asks for may become a key.
napi_value random_fill(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const MutableBytes target = reader.bytes(info[0], "target");
  if (reader.failed()) {
    return reader.raise();
  }
  if (const Status filled = fill_random_secret(*context, target); !filled) {
    throw_error(info.Env(), filled.error());
  }
  return info.Env().Undefined();
}

}  // namespace

void export_random(Napi::Object exports) { export_function<random_fill>(exports, "randomFill"); }

}  // namespace cryptobroker
