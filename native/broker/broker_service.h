// The native methods and what they share: the policies in force, the health they report, the crypto
// they use.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "native/broker/native_method.h"
#include "native/broker/policy_snapshot.h"
#include "native/crypto/ca_cache.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

enum class ServingState : std::uint8_t { kNotServing, kServing };

class BrokerService {
 public:
  struct Options {
    const LibraryContext* context = nullptr;
    // May be null. Outlives the service.
    CaCache* ca_cache = nullptr;
    // Seconds since 1970; thread-safe.
    std::function<std::int64_t()> now;
    // What grpc.health.v1.Health/Check may be asked about, beside the empty name.
    std::vector<std::string> services;
  };

  explicit BrokerService(Options options);
  ~BrokerService();
  BrokerService(const BrokerService&) = delete;
  BrokerService& operator=(const BrokerService&) = delete;

  // From any thread, at any time; calls that have begun keep the snapshot they began with.
  void install_policies(std::shared_ptr<const PolicySnapshot> policies);
  void set_serving(ServingState state);

  // What CallFacts::profile_number stands for; empty when it stands for none.
  std::string profile_name(std::uint16_t number) const;

  // The table: every method with its path. Stable for the life of the service.
  std::span<const std::unique_ptr<NativeMethod>> methods() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cryptobroker
