#include "native/broker/broker_service.h"

#include <utility>

#include "native/broker/compiled_policies.h"
#include "native/broker/hash_data_wire.h"
#include "native/broker/health_check.h"
#include "native/broker/service_state.h"
#include "native/broker/sign_certificate_wire.h"

namespace cryptobroker {

struct BrokerService::State {
  explicit State(Options options) : shared(std::move(options)) {
    shared.install(
        std::make_shared<const CompiledPolicies>(std::make_shared<PolicySnapshot>(), profiles));
    for (const HashDataWire& wire : kHashDataWires) {
      methods.push_back(make_hash_data(wire, shared));
    }
    for (const SignCertificateWire& wire : kSignCertificateWires) {
      methods.push_back(make_sign_certificate(wire, shared));
    }
    methods.push_back(make_health_check(shared));
  }

  ProfileNumbers profiles;
  ServiceState shared;
  std::vector<std::unique_ptr<NativeMethod>> methods;
};

BrokerService::BrokerService(Options options)
    : state_(std::make_unique<State>(std::move(options))) {}

BrokerService::~BrokerService() = default;

void BrokerService::install_policies(std::shared_ptr<const PolicySnapshot> policies) {
  state_->shared.install(
      std::make_shared<const CompiledPolicies>(std::move(policies), state_->profiles));
}

std::string BrokerService::profile_name(std::uint16_t number) const {
  return state_->profiles.name_of(number);
}

void BrokerService::set_serving(ServingState state) { state_->shared.serving.store(state); }

std::span<const std::unique_ptr<NativeMethod>> BrokerService::methods() const {
  return state_->methods;
}

}  // namespace cryptobroker
