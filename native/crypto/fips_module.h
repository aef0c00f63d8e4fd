// fips.so as a file: read and judged before any of its code runs.
#pragma once

#include <cstddef>
#include <string>

#include "native/crypto/errors.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

// Modules have 2 to 4 MiB; a larger file is refused.
inline constexpr std::size_t kFipsModuleLimit = 64 * 1024 * 1024;

struct FipsModule {
  std::string path;
  // Lower-case hexadecimal.
  std::string sha256;
  std::string mac;
};

// Reads fips.so of options.module_directory, checks it against options.module_sha256 when that is
// given, and settles the MAC the module will be asked to prove: options.module_mac for the module of
// our build and for a copy of it, else the one in fipsmodule.cnf beside it. A module for which there
// is neither is refused. Fails with FIPS_MODULE_MISSING or FIPS_MODULE_REFUSED.
Result<FipsModule> examine_fips_module(const ContextOptions& options);

}  // namespace cryptobroker
