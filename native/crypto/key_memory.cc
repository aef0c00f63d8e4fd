#include "native/crypto/key_memory.h"

#include <openssl/crypto.h>
#include <sys/resource.h>

#include <cstddef>

namespace cryptobroker {
namespace {

// OpenSSL itself puts the state of every thread's random generators (256 bytes) and private EC keys
// and nonces (128 each) here: 64 busy threads take 40 KiB before the first wrapping key.
constexpr std::size_t kRoomyHeap = 512 * 1024;
// What an unprivileged process may lock on the oldest systems in use.
constexpr std::size_t kSmallHeap = 64 * 1024;
// The smallest block: one AES-256 key.
constexpr std::size_t kSmallestBlock = 32;

// The larger heap only where locking it leaves as much for others (getrlimit(2) RLIMIT_MEMLOCK).
std::size_t heap_size() {
  rlimit lockable{};
  const bool roomy =
      getrlimit(RLIMIT_MEMLOCK, &lockable) == 0 && lockable.rlim_cur >= 2 * kRoomyHeap;
  return roomy ? kRoomyHeap : kSmallHeap;
}

}  // namespace

KeyMemory prepare_key_memory() {
  static const KeyMemory memory = [] {
    const int result = CRYPTO_secure_malloc_init(heap_size(), kSmallestBlock);
    // 2: the heap exists, and locking it or keeping it out of dumps was refused
    // (CRYPTO_secure_malloc(3)).
    return KeyMemory{.secure_heap = result != 0, .locked = result == 1};
  }();
  return memory;
}

}  // namespace cryptobroker
