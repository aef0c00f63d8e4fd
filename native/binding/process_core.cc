#include "native/binding/process_core.h"

#include <mutex>
#include <optional>
#include <utility>

namespace cryptobroker {
namespace {

struct Registry {
  std::mutex mutex;
  std::optional<CoreSettings> settings;
  std::weak_ptr<ProcessCore> core;
};

Registry& registry() {
  // Never destroyed: at process.exit() other threads may still be here while static objects die.
  static Registry* const instance = new Registry();
  return *instance;
}

}  // namespace

ProcessCore::ProcessCore(std::unique_ptr<WorkerPool> pool, std::unique_ptr<CaCache> ca_cache)
    : ca_cache_(std::move(ca_cache)), pool_(std::move(pool)) {}

Result<std::shared_ptr<ProcessCore>> ProcessCore::acquire(const CoreSettings& settings) {
  Registry& shared = registry();
  const std::lock_guard lock(shared.mutex);
  if (shared.settings && *shared.settings != settings) {
    return Error{ErrorCode::ALREADY_INITIALIZED, "the core was started with other settings", {}};
  }
  if (auto core = shared.core.lock()) {
    return core;
  }
  if (const Status entered = LibraryContext::initialize(settings.context); !entered) {
    return entered.error();
  }
  auto pool = WorkerPool::start(settings.pool_threads, settings.pool_queue);
  if (!pool) {
    return pool.error();
  }
  std::unique_ptr<CaCache> cache;
  if (settings.ca_cache_entries > 0) {
    cache = std::make_unique<CaCache>(settings.ca_cache_entries, settings.ca_cache_lifetime);
  }
  std::shared_ptr<ProcessCore> core(new ProcessCore(std::move(pool).value(), std::move(cache)));
  shared.settings = settings;
  shared.core = core;
  return core;
}

}  // namespace cryptobroker
