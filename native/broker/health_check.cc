#include "native/broker/health_check.h"

#include "native/broker/call_failure.h"
#include "native/broker/printable.h"
#include "native/broker/request_checks.h"
#include "native/broker/wire_writer.h"

namespace cryptobroker {
namespace {

// HealthCheckResponse.ServingStatus.
constexpr std::uint64_t kServing = 1;
constexpr std::uint64_t kNotServing = 2;

// HealthCheckRequest{service=1}.
std::string_view decode_service(WireReader reader) {
  std::string_view service;
  while (reader.next()) {
    if (reader.tag() == delimited_tag(1)) {
      reader.text(service);
    }
  }
  return service;
}

class HealthCheck final : public NativeMethod {
 public:
  explicit HealthCheck(const ServiceState& state) : state_(state) {}

  std::string_view path() const override { return "/grpc.health.v1.Health/Check"; }
  bool secret() const override { return false; }

  std::unique_ptr<CallWork> begin(std::vector<std::uint8_t>& message,
                                  Answer& answer) const override {
    WireCheck check;
    const std::string_view service = decode_service(WireReader(message, check));
    if (!check.malformed.empty()) {
      answer.failure = failure_of(state_.context, malformed(check));
    } else if (!service.empty() && !state_.services.contains(service)) {
      answer.failure = failure_of(state_.context, Refusal{StableCode::SERVICE_UNKNOWN,
                                                          "unknown service " + printable(service)});
    } else {
      const bool serving = state_.serving.load() == ServingState::kServing;
      WireWriter(answer.framed).number(1, serving ? kServing : kNotServing);
    }
    return nullptr;
  }

 private:
  const ServiceState& state_;
};

}  // namespace

std::unique_ptr<NativeMethod> make_health_check(const ServiceState& state) {
  return std::make_unique<HealthCheck>(state);
}

}  // namespace cryptobroker
