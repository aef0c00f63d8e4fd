// The started core, or the error that says it is not.
#pragma once

#include "native/binding/environment.h"
#include "native/binding/values.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

inline Error not_started() { return {ErrorCode::INTERNAL, "the native core is not started", {}}; }

// For work on the calling thread: any environment may use a core that another one has started.
inline const LibraryContext* started_context(ValueReader& reader) {
  const LibraryContext* context = LibraryContext::get();
  if (context == nullptr) {
    reader.fail(not_started());
  }
  return context;
}

// For work on the pool: this environment has called initialize().
inline ProcessCore* attached_core(ValueReader& reader) {
  ProcessCore* core = Environment::of(reader.env()).core();
  if (core == nullptr) {
    reader.fail(not_started());
  }
  return core;
}

}  // namespace cryptobroker
