#include "native/http2/fault_log.h"

namespace cryptobroker {

void FaultLog::report(std::string_view what, std::int64_t now_ns) {
  std::string text(what);
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, first] = seen_.try_emplace(text);
    Seen& seen = entry->second;
    if (!first && now_ns - seen.told_ns < kQuietNs) {
      ++seen.since;
      return;
    }
    if (seen.since > 0) {
      text += " (and " + std::to_string(seen.since) + " more since the last time)";
    }
    seen = {now_ns, 0};
  }
  observer_.fault(text);
}

}  // namespace cryptobroker
