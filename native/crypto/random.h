// Random bytes from the context's deterministic random bit generators (SP 800-90A), one per thread.
#pragma once

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

class LibraryContext;

// Fills `output` with bytes that may become public: serial numbers, nonces.
Status fill_random(const LibraryContext& context, MutableBytes output);

// Fills `output` with bytes that stay secret, from a generator whose output is never shown: keys.
Status fill_random_secret(const LibraryContext& context, MutableBytes output);

}  // namespace cryptobroker
