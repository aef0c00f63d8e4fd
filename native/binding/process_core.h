// What all JavaScript environments of the process share: the library context, the pool and the CA
// cache.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "native/crypto/ca_cache.h"
#include "native/crypto/errors.h"
#include "native/crypto/library_context.h"
#include "native/crypto/worker_pool.h"

namespace cryptobroker {

struct CoreSettings {
  ContextOptions context;
  std::size_t pool_threads = 1;
  std::size_t pool_queue = 1;
  // 0: no cache.
  std::size_t ca_cache_entries = 0;
  std::chrono::seconds ca_cache_lifetime{0};

  bool operator==(const CoreSettings&) const = default;
};

class ProcessCore {
 public:
  // The core with these settings, started by the first environment that asks and stopped with the
  // last one that holds it. ALREADY_INITIALIZED when the process has had one with other settings.
  static Result<std::shared_ptr<ProcessCore>> acquire(const CoreSettings& settings);

  const LibraryContext& context() const { return *LibraryContext::get(); }
  WorkerPool& pool() { return *pool_; }
  // nullptr when there is none.
  CaCache* ca_cache() { return ca_cache_.get(); }

 private:
  ProcessCore(std::unique_ptr<WorkerPool> pool, std::unique_ptr<CaCache> ca_cache);
  std::unique_ptr<CaCache> ca_cache_;
  // Last, so that its threads have ended before anything they may use goes.
  std::unique_ptr<WorkerPool> pool_;
};

}  // namespace cryptobroker
