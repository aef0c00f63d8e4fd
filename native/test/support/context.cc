#include "native/test/support/context.h"

#include <cstdio>
#include <cstdlib>

namespace cryptobroker::testing {

void enter_fips_mode() {
  ContextOptions options;
  options.module_directory = TEST_MODULE_DIRECTORY;
  const Status entered = LibraryContext::initialize(options);
  if (!entered) {
    std::fprintf(stderr, "cannot enter FIPS mode: %s\n", entered.error().message.c_str());
    std::exit(1);
  }
}

const LibraryContext& context() { return *LibraryContext::get(); }

}  // namespace cryptobroker::testing
