#include "native/http2/stream_ledger.h"

#include <algorithm>

namespace cryptobroker {

void StreamLedger::open(CallToken token) {
  const std::lock_guard lock(mutex_);
  entries_.try_emplace(token);
}

void StreamLedger::close(CallToken token) {
  const std::lock_guard lock(mutex_);
  entries_.erase(token);
}

StreamLedger::Room StreamLedger::add(CallToken token, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token);
  if (found == entries_.end()) {
    return Room::kGone;
  }
  Entry& entry = found->second;
  entry.waiting += bytes;
  if (entry.waiting > kHighWater) {
    entry.told_to_wait = true;
    return Room::kFull;
  }
  return Room::kFree;
}

bool StreamLedger::sent(CallToken token, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token);
  if (found == entries_.end()) {
    return false;
  }
  Entry& entry = found->second;
  entry.waiting -= std::min(bytes, entry.waiting);
  if (!entry.told_to_wait || entry.waiting > kHighWater / 4) {
    return false;
  }
  entry.told_to_wait = false;
  return true;
}

}  // namespace cryptobroker
