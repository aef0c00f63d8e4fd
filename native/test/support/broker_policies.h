// The profiles of the golden calls, and a service over them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "native/broker/broker_service.h"
#include "native/broker/policy_snapshot.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {

// As in test/contract/golden/broker-policies.ts.
std::shared_ptr<const PolicySnapshot> golden_policies();

// One more profile's policy: hashes, and moves to the pool above `async_above` bytes.
ProfilePolicy hashing_profile(std::string name, DigestId digest, std::size_t async_above);

// A service on the tests' context, with these policies installed and serving.
std::unique_ptr<BrokerService> make_service(std::shared_ptr<const PolicySnapshot> policies,
                                            CaCache* ca_cache = nullptr,
                                            std::int64_t now = 1'800'000'000);

// The method of a service with this path; ends the process when there is none.
const NativeMethod& method_of(const BrokerService& service, std::string_view path);

// A whole call, the pool's part included.
struct Called {
  Answer answer;
  bool left_thread = false;

  // The response without its prefix.
  Bytes response() const { return Bytes(answer.framed).subspan(kMessagePrefix); }
  // `STATUS CODE details`, or `ok`.
  std::string outcome() const;
};
Called call(const NativeMethod& method, ByteVector request);

}  // namespace cryptobroker::testing
