#include "native/fuzz/fuzz_context.h"

#include <openssl/crypto.h>

#include <cstdio>
#include <cstdlib>

namespace cryptobroker::fuzzing {

const LibraryContext& context() {
  static const LibraryContext* const entered = [] {
    ContextOptions options;
    options.module_directory = FUZZ_MODULE_DIRECTORY;
    const Status status = LibraryContext::initialize(options);
    require(static_cast<bool>(status), "the FIPS context can be entered");
    // This thread's random generators, which LeakSanitizer would report at the end.
    std::atexit(OPENSSL_thread_stop);
    return LibraryContext::get();
  }();
  return *entered;
}

void require(bool holds, const char* property) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", property);
    std::abort();
  }
}

}  // namespace cryptobroker::fuzzing
