// load-client: see --help.

#include <optional>

#include "grpc_load.h"
#include "meter.h"
#include "options.h"
#include "ping_pong.h"
#include "result.h"

int main(int argc, char** argv) {
  constexpr int kFailed = 1;
  constexpr int kUsage = 2;
  const std::optional<bench::Options> options = bench::parse_options(argc, argv);
  if (!options) {
    return kUsage;
  }
  bench::Meter meter(options->server_pid);
  const bool done = options->raw_answer > 0 ? bench::run_ping_pong(*options, meter)
                                            : bench::run_grpc_load(*options, meter);
  if (!done) {
    return kFailed;
  }
  bench::print_result(meter.result());
  return 0;
}
