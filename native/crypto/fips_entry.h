// Enters FIPS mode: the fips and base providers in one context, and every fetch bound to
// `fips=yes`.
#pragma once

#include "native/crypto/context_state.h"
#include "native/crypto/errors.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

// Loads the module of options.module_directory into state.context and fills in providers,
// properties and the report's module and self tests. The default provider is never loaded.
Status enter_fips(const ContextOptions& options, ContextState& state);

}  // namespace cryptobroker
