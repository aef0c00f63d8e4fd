// The floor: bytes there, bytes back, one at a time, nothing between.
#pragma once

#include "meter.h"
#include "options.h"

namespace bench {

// False when the server cannot be reached or ends: the reason is printed.
bool run_ping_pong(const Options& options, Meter& meter);

}  // namespace bench
