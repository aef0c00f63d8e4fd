// Runs each hot path some hundred times, and lets callgrind count nothing but its rounds: start it
// with
//
//   valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no hot_paths
//
// It prints the name of each path and its number of rounds; callgrind writes a file for each, which
// says the name. scripts/bench-instructions.mjs does all of it.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "native/bench/hot_path.h"

namespace cryptobroker::bench {
namespace {

// Enough for every table to have its size and every buffer its room.
constexpr int kWarmUpRounds = 50;
constexpr int kRounds = 200;

const LibraryContext& enter_fips_mode() {
  ContextOptions options;
  options.module_directory = BENCH_MODULE_DIRECTORY;
  const Status entered = LibraryContext::initialize(options);
  require(static_cast<bool>(entered), "the FIPS mode can be entered");
  return *LibraryContext::get();
}

void measure(HotPath& path) {
  for (int round = 0; round < kWarmUpRounds + kRounds; ++round) {
    const bool counted = round >= kWarmUpRounds;
    path.prepare();
    if (counted) {
      CALLGRIND_TOGGLE_COLLECT;
    }
    path.run();
    if (counted) {
      CALLGRIND_TOGGLE_COLLECT;
    }
    path.check();
  }
  CALLGRIND_DUMP_STATS_AT(path.name());
  std::printf("%s %d\n", path.name(), kRounds);
}

int measure_all() {
  const LibraryContext& context = enter_fips_mode();
  std::vector<std::unique_ptr<HotPath>> paths;
  paths.push_back(hash_data_path(context));
  paths.push_back(health_check_path(context));
  paths.push_back(sign_certificate_path(context));
  paths.push_back(http2_call_path());
  paths.push_back(log_line_path());
  // The start of the module, with its self tests, is not of interest and would take long.
  CALLGRIND_START_INSTRUMENTATION;
  for (const auto& path : paths) {
    measure(*path);
  }
  return EXIT_SUCCESS;
}

}  // namespace

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "not so: %s\n", what);
    std::exit(EXIT_FAILURE);
  }
}

}  // namespace cryptobroker::bench

int main() { return cryptobroker::bench::measure_all(); }
