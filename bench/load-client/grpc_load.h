// Load by gRPC calls: warms up, measures, waits for what is under way.
#pragma once

#include "meter.h"
#include "options.h"

namespace bench {

// False when the server cannot be reached or a call failed that must not: the reason is printed.
bool run_grpc_load(const Options& options, Meter& meter);

}  // namespace bench
