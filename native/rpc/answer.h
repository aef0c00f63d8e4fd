// How a call ends, in the words that a method and a transport share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/rpc/span_facts.h"
#include "native/rpc/status.h"

namespace cryptobroker {

// A failed call: what its caller may know, and what the log alone may. src/grpc/status.ts has the
// same rules.
struct CallFailure {
  GrpcStatus status = GrpcStatus::kInternal;
  // A row of src/errors/codes.ts; lives as long as the program. Empty: the transport ended the call
  // by itself.
  std::string_view code;
  // Printable ASCII, at most 1024 characters.
  std::string details;
  // Names the log line that has the cause; for INTERNAL alone.
  std::string incident;
  // What happened, for the log. No secret, no payload.
  std::string cause;
  // True when the FIPS module has put itself out of service: the process is to end.
  bool core_fault = false;
};

// What the log, the metrics and the spans may say about a request. The texts come from the caller.
struct CallFacts {
  std::string profile;
  std::string correlation_id;
  // What the profile is counted under; 0: it is none that there is.
  std::uint16_t profile_number = 0;
  // There while calls are traced: whoever begins the call makes it.
  std::optional<SpanFacts> span;

  // The memory of the texts stays.
  void clear() {
    profile.clear();
    correlation_id.clear();
    profile_number = 0;
    span.reset();
  }
};

// The five bytes before a message (PROTOCOL-HTTP2: compressed flag, big-endian length).
inline constexpr std::size_t kMessagePrefix = 5;

// What a call ends with. A method that succeeds appends its response message to `framed`, which
// then holds kMessagePrefix bytes that the transport fills in.
struct Answer {
  std::vector<std::uint8_t> framed = std::vector<std::uint8_t>(kMessagePrefix);
  std::optional<CallFailure> failure;
  CallFacts facts;
};

}  // namespace cryptobroker
