// Check of grpc.health.v1.Health (grpc/doc/health-checking.md): a service's name, and how it is.
#pragma once

#include <memory>

#include "native/broker/native_method.h"
#include "native/broker/service_state.h"

namespace cryptobroker {

// `state` outlives the method.
std::unique_ptr<NativeMethod> make_health_check(const ServiceState& state);

}  // namespace cryptobroker
