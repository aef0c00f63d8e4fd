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
  const std::size_t place = method * kStatuses + status;
  CallCounter& counter = counters_[place];
  ++counter.calls;
  if (record.profile_number > 0) {
    const std::size_t cell = (record.profile_number - 1U) * counters_.size() + place;
    // Once for a profile that is called for the first time.
    if (cell >= by_profile_.size()) {
      by_profile_.resize(record.profile_number * counters_.size());
    }
    ++by_profile_[cell];
  }
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
  for (std::size_t place = 0; place < counters_.size(); ++place) {
    if (counters_[place].calls == 0) {
      continue;
    }
    CallCounter& counter = counted.emplace_back(counters_[place]);
    for (std::size_t row = 0; row * counters_.size() < by_profile_.size(); ++row) {
      if (const std::uint64_t calls = by_profile_[row * counters_.size() + place]; calls > 0) {
        counter.profiles.push_back({static_cast<std::uint16_t>(row + 1), calls});
      }
    }
  }
  return counted;
}

}  // namespace cryptobroker
