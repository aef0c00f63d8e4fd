// One finished call, as the request log and the metrics need it. A fixed size: records go through a
// ring without allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "native/rpc/status.h"

namespace cryptobroker {

struct SpanFacts;

// Text cut to fit; what is cut is what the log would cut.
template <std::size_t kCapacity>
class FixedText {
 public:
  void assign(std::string_view text) {
    length_ = static_cast<std::uint8_t>(text.copy(bytes_.data(), kCapacity));
  }
  std::string_view view() const { return {bytes_.data(), length_}; }

 private:
  static_assert(kCapacity <= 255);
  std::uint8_t length_ = 0;
  std::array<char, kCapacity> bytes_;
};

struct CallRecord {
  // Index in the server's table of methods; kUnknownMethod: `path` says what was called.
  static constexpr std::uint16_t kUnknownMethod = 0xffff;
  std::uint16_t method = kUnknownMethod;
  GrpcStatus status = GrpcStatus::kOk;
  // A handler has taken the call (on_request() returned false at least once), so it knows of its
  // end.
  bool taken = false;
  bool core_fault = false;
  // A row of src/errors/codes.ts; static text, empty when there is none.
  std::string_view code;
  std::int64_t finished_unix_us = 0;
  std::int64_t duration_ns = 0;
  std::uint32_t request_bytes = 0;
  std::uint32_t response_bytes = 0;
  FixedText<128> profile;
  FixedText<128> correlation_id;
  FixedText<36> incident;
  FixedText<128> path;
  // Of the caller's trace when that is recorded; empty unless calls are traced.
  FixedText<32> trace_id;
  // CallFacts::profile_number.
  std::uint16_t profile_number = 0;
  // There while calls are traced, and as long as the observer is being told.
  const SpanFacts* span = nullptr;
};

}  // namespace cryptobroker
