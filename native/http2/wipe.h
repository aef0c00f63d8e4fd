// Overwrites bytes that held a secret, in a way no optimizer takes away.
#pragma once

#include <cstring>

#include "native/crypto/bytes.h"

namespace cryptobroker {

inline void wipe(MutableBytes bytes) {
  if (!bytes.empty()) {
    explicit_bzero(bytes.data(), bytes.size());
  }
}

}  // namespace cryptobroker
