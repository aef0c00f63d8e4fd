// What a LibraryContext holds.
#pragma once

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {

// Members die in reverse: algorithms, then providers, then the context they came from.
struct ContextState {
  LibCtxPtr context;
  ProviderPtr base;
  ProviderPtr provider;
  const char* properties = nullptr;
  AlgorithmSet algorithms;
  ContextReport report;
};

}  // namespace cryptobroker
