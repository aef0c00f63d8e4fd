// What every method of CryptoGrpc begins with: reading the request, checking it, finding its
// profile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "native/broker/call_failure.h"
#include "native/broker/compiled_policies.h"
#include "native/broker/request_checks.h"
#include "native/broker/service_state.h"

namespace cryptobroker {

// What is one operation's own in it.
template <typename Request>
struct CallRules {
  // As profiles and refusals spell it.
  std::string_view operation;
  Checked (*check)(const Request& request);
  // What a span says of the request.
  void (*describe)(const Request& request, SpanFacts& span);
  bool (*offered)(const ProfilePolicy& policy);
};

// The profile of a request that was found right, which offers the operation.
struct OpenedCall {
  // Keep the profile.
  std::shared_ptr<const CompiledPolicies> policies;
  const CompiledProfile* profile = nullptr;
};

// Fills in `request` with views of `message`, and the facts of `answer`. Gives nothing when the
// call ends here: then `answer` has the failure.
template <typename Wire, typename Request>
std::optional<OpenedCall> open_call(const Wire& wire, const CallRules<Request>& rules,
                                    const ServiceState& state,
                                    const std::vector<std::uint8_t>& message, Request& request,
                                    Answer& answer) {
  const auto refuse_with = [&](const Refusal& refusal) {
    answer.failure = failure_of(state.context, refusal);
    return std::nullopt;
  };
  WireCheck check;
  wire.decode(WireReader(message, check), request);
  if (!check.malformed.empty()) {
    return refuse_with(malformed(check));
  }
  note_request(request.profile, request.metadata, answer.facts);
  if (answer.facts.span) {
    rules.describe(request, *answer.facts.span);
  }
  std::shared_ptr<const CompiledPolicies> policies = state.policies();
  const CompiledProfile* profile = policies->find(request.profile);
  if (profile != nullptr) {
    answer.facts.profile_number = profile->number;
  }
  if (const auto refused = rules.check(request)) {
    return refuse_with(*refused);
  }
  if (profile == nullptr) {
    return refuse_with(profile_unknown(request.profile));
  }
  if (!rules.offered(*profile->policy)) {
    return refuse_with(not_offered(rules.operation));
  }
  return OpenedCall{std::move(policies), profile};
}

}  // namespace cryptobroker
