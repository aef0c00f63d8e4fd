// What every fuzz target needs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/crypto/bytes.h"
#include "native/crypto/library_context.h"

namespace cryptobroker::fuzzing {

// The FIPS context, entered on the first call.
const LibraryContext& context();

// Ends the process with a message when a property that must hold for every input does not.
void require(bool holds, const char* property);

}  // namespace cryptobroker::fuzzing
