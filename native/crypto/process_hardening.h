// Keeps the memory of a process that holds keys away from files and other processes.
#pragma once

#include "native/crypto/errors.h"

namespace cryptobroker {

// Switches core dumps off (setrlimit(2) RLIMIT_CORE 0) and makes the process undumpable, so that no
// other process of the same user may read its memory (prctl(2) PR_SET_DUMPABLE).
Status harden_process();

// False after harden_process().
bool process_is_dumpable();

}  // namespace cryptobroker
