// What a span says of a call beside its record. Gathered only while calls are traced.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "native/rpc/trace_parent.h"

namespace cryptobroker {

// Sizes in octets, in the order in which the addon hands them over (SPAN_SIZES of
// src/data-plane/native-spans.ts).
enum class SpanSize : std::uint8_t {
  kInput,
  kCsr,
  kCaCert,
  kCaKey,
  kHashOutput,
  kSignedCert,
};
inline constexpr std::size_t kSpanSizes = 6;

struct SpanFacts {
  static constexpr std::int64_t kAbsent = -1;

  SpanFacts() { sizes.fill(kAbsent); }
  void set(SpanSize which, std::size_t octets) {
    sizes[static_cast<std::size_t>(which)] = static_cast<std::int64_t>(octets);
  }

  std::optional<TraceParent> parent;
  std::array<std::int64_t, kSpanSizes> sizes;
  // As the descriptor spells it; empty: none.
  std::string hash_algorithm;
};

}  // namespace cryptobroker
