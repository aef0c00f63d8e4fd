#include "native/http2/call_registry.h"

#include <utility>

namespace cryptobroker {
namespace {

// Calls beyond these are given back to the system rather than kept for the next.
constexpr std::size_t kRetainedCalls = 1024;

}  // namespace

Call& CallRegistry::acquire() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Call>());
    all_.back()->slot = all_.size() - 1;
    free_.push_back(all_.back().get());
  }
  Call& call = *free_.back();
  free_.pop_back();
  call.token = next_;
  next_ += kThreads;
  return call;
}

void CallRegistry::release(Call& call) {
  untrack(call);
  call.disarm();
  call.renew();
  if (all_.size() > kRetainedCalls) {
    all_.back()->slot = call.slot;
    std::swap(all_[call.slot], all_.back());
    all_.pop_back();
    return;
  }
  free_.push_back(&call);
}

void CallRegistry::track(Call& call) {
  call.tracked = true;
  tracked_.emplace(call.token, &call);
}

void CallRegistry::untrack(Call& call) {
  if (call.tracked) {
    call.tracked = false;
    tracked_.erase(call.token);
  }
}

Call* CallRegistry::find(CallToken token) const {
  const auto found = tracked_.find(token);
  return found == tracked_.end() ? nullptr : found->second;
}

}  // namespace cryptobroker
