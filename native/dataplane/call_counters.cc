#include "native/dataplane/call_counters.h"

#include <algorithm>

namespace cryptobroker {
namespace {

constexpr std::size_t kStatuses = 17;

}  // namespace

CallCounters::CallCounters(std::size_t methods)
    : methods_(methods), counters_((methods + 1) * kStatuses) {
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const std::size_t method = i / kStatuses;
    counters_[i].method =
        method == methods ? CallRecord::kUnknownMethod : static_cast<std::uint16_t>(method);
    counters_[i].status = static_cast<GrpcStatus>(i % kStatuses);
  }
}

void CallCounters::count(const CallRecord& record) {
  const std::size_t method = std::min<std::size_t>(record.method, methods_);
  const std::size_t status = static_cast<std::size_t>(record.status) % kStatuses;
  CallCounter& counter = counters_[method * kStatuses + status];
  ++counter.calls;
  counter.request_bytes += record.request_bytes;
  counter.duration_ns += static_cast<std::uint64_t>(std::max<std::int64_t>(record.duration_ns, 0));
  // Nearly all calls end in the first class.
  std::size_t duration = 0;
  while (duration < kDurationBoundsNs.size() && record.duration_ns > kDurationBoundsNs[duration]) {
    ++duration;
  }
  ++counter.durations[duration];
}

std::vector<CallCounter> CallCounters::read() const {
  std::vector<CallCounter> counted;
  for (const CallCounter& counter : counters_) {
    if (counter.calls > 0) {
      counted.push_back(counter);
    }
  }
  return counted;
}

}  // namespace cryptobroker
