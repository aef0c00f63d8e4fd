// Which calls become spans. Decided here, before anything is kept of a call, so that what is
// sampled costs in proportion.
#pragma once

#include <cstdint>
#include <optional>

#include "native/rpc/trace_parent.h"

namespace cryptobroker {

struct SpanSampling {
  // A call with a parent is sampled if and only if the parent says so.
  bool by_parent = true;
  // Of all other calls, so many of 2^32.
  std::uint64_t threshold = 0;
};

// Not thread-safe: CallLog holds its lock around it.
class SpanSampler {
 public:
  // The seed is no secret: what follows from it is which calls are traced.
  SpanSampler(SpanSampling sampling, std::uint64_t seed) : sampling_(sampling), state_(seed) {}

  bool wants(const std::optional<TraceParent>& parent);

 private:
  std::uint32_t random();

  const SpanSampling sampling_;
  std::uint64_t state_;
};

}  // namespace cryptobroker
