// An end for a process that its own exit would hold up.
#pragma once

#include <chrono>

#include "native/crypto/errors.h"

namespace cryptobroker {

// Ends the process by _exit(2) after `delay`, unless it has ended by then. Whoever calls it goes on
// with an orderly exit: Node's waits for every thread of libuv's pool, and one that looks up a name
// may be waiting for a nameserver that does not answer. INTERNAL when no thread can be started.
Status end_process_after(std::chrono::milliseconds delay, int exit_code);

}  // namespace cryptobroker
