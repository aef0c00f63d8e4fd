#include "native/crypto/process_hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace cryptobroker {

Status harden_process() {
  const rlimit no_core{0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return internal_error("process hardening");
  }
  return Done{};
}

bool process_is_dumpable() { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0; }

}  // namespace cryptobroker
