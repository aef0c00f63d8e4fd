// OpenSSL's secure heap: the memory keys rest in. It has guard pages, is left out of core dumps,
// and is locked against swapping when the process may lock that much (RLIMIT_MEMLOCK).
#pragma once

namespace cryptobroker {

struct KeyMemory {
  bool secure_heap = false;
  bool locked = false;
};

// Sets the heap up on the first call; later calls return what the first one found. Not thread-safe
// by itself.
KeyMemory prepare_key_memory();

}  // namespace cryptobroker
