#include "native/dataplane/span_sampler.h"

#include <cstddef>
#include <string_view>

namespace cryptobroker {
namespace {

// The four words of a trace id, folded as TraceIdRatioBased of OpenTelemetry's JavaScript does: all
// programs that see a trace come to the same decision.
std::uint32_t fold(std::string_view trace_id) {
  std::uint32_t folded = 0;
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < trace_id.size(); ++i) {
    word = word << 4 | static_cast<std::uint32_t>(lower_hex_digit(trace_id[i]));
    if (i % 8 == 7) {
      folded ^= word;
      word = 0;
    }
  }
  return folded;
}

}  // namespace

bool SpanSampler::wants(const std::optional<TraceParent>& parent) {
  if (parent && sampling_.by_parent) {
    return parent->sampled();
  }
  return (parent ? fold(parent->trace()) : random()) < sampling_.threshold;
}

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint32_t SpanSampler::random() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>((mixed ^ (mixed >> 31)) >> 32);
}

}  // namespace cryptobroker
