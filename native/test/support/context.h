// The library context all tests of one process share.
#pragma once

#include "native/crypto/library_context.h"

namespace cryptobroker::testing {

// Enters FIPS mode with the module the core was built with; ends the process when that fails.
void enter_fips_mode();

const LibraryContext& context();

}  // namespace cryptobroker::testing
