#include "native/broker/request_checks.h"

#include <utility>

#include "native/broker/printable.h"

namespace cryptobroker {

Refusal malformed(const WireCheck& check) {
  return refuse(StableCode::MESSAGE_MALFORMED, "message",
                "not a valid request: " + check.malformed);
}

void note_request(std::string_view profile, const std::optional<RequestMetadata>& metadata,
                  CallFacts& facts) {
  facts.profile = shown_in_log(profile);
  if (!metadata || !metadata->trace_context) {
    return;
  }
  const TraceContext& trace = *metadata->trace_context;
  facts.correlation_id = shown_in_log(trace.correlation_id);
  if (facts.span) {
    // What the message says goes before what its headers said.
    auto parent =
        trace_parent_of(trace.trace_id, trace.span_id, trace.trace_flags, trace.trace_state);
    if (parent) {
      facts.span->parent = std::move(parent);
    }
  }
}

Refusal profile_unknown(std::string_view name) {
  return {StableCode::PROFILE_UNKNOWN,
          "could not retrieve profile, err: there is no profile: " + printable(name)};
}

Refusal not_offered(std::string_view operation) {
  return refuse(StableCode::OPERATION_NOT_ALLOWED, "profile",
                "does not offer " + std::string(operation));
}

}  // namespace cryptobroker
