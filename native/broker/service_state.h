// What the methods of one BrokerService share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "native/broker/broker_service.h"
#include "native/broker/compiled_policies.h"
#include "native/crypto/ca_cache.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

struct ServiceState {
  explicit ServiceState(BrokerService::Options options)
      : context(*options.context),
        ca_cache(options.ca_cache),
        now(std::move(options.now)),
        services(options.services.begin(), options.services.end()) {}

  // A call keeps what it gets here until it has ended.
  std::shared_ptr<const CompiledPolicies> policies() const {
    const std::lock_guard lock(policies_mutex);
    return installed_policies;
  }
  void install(std::shared_ptr<const CompiledPolicies> policies) {
    // The old ones die outside the lock.
    const std::lock_guard lock(policies_mutex);
    installed_policies.swap(policies);
  }

  const LibraryContext& context;
  CaCache* const ca_cache;
  const std::function<std::int64_t()> now;
  const std::set<std::string, std::less<>> services;
  std::atomic<ServingState> serving{ServingState::kNotServing};

  // Held for a few instructions: an atomic shared_ptr locks no less, and the sanitizers see through
  // this.
  mutable std::mutex policies_mutex;
  std::shared_ptr<const CompiledPolicies> installed_policies;
};

}  // namespace cryptobroker
