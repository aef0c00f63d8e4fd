// What a client says about its request, in any generation of the wire. It is checked, then echoed.
#pragma once

#include <optional>
#include <string_view>

namespace cryptobroker {

// W3C Trace Context in parts, and the caller's own correlation id.
struct TraceContext {
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view trace_flags;
  std::string_view trace_state;
  std::string_view correlation_id;
};

// Views of the request message.
struct RequestMetadata {
  std::string_view id;  // chosen by the client, usually a UUID
  std::optional<TraceContext> trace_context;
};

}  // namespace cryptobroker
