// How often something may happen: a burst, and a rate afterwards.
#pragma once

#include <algorithm>
#include <cstdint>

#include "native/http2/clock.h"

namespace cryptobroker {

class TokenBucket {
 public:
  TokenBucket(std::int64_t burst, std::int64_t per_second, Clock& clock)
      : burst_(burst),
        per_second_(per_second),
        clock_(clock),
        tokens_(burst),
        filled_ns_(clock.monotonic_ns()) {}

  // False when it happens too often. The clock is read only when the tokens have run out, so that
  // the honest pay nothing.
  bool take() {
    if (tokens_ == 0) {
      refill();
    }
    if (tokens_ == 0) {
      return false;
    }
    --tokens_;
    return true;
  }
  // Something happened that makes more of it plausible.
  void credit(std::int64_t tokens) { tokens_ = std::min(burst_, tokens_ + tokens); }

 private:
  void refill() {
    const std::int64_t now = clock_.monotonic_ns();
    // Beyond the time that fills the bucket more makes no difference, and would overflow some day.
    const std::int64_t fills = burst_ * kSecond / per_second_;
    const std::int64_t elapsed = std::min(now - filled_ns_, fills);
    const std::int64_t tokens = elapsed * per_second_ / kSecond;
    if (tokens > 0) {
      tokens_ = std::min(burst_, tokens_ + tokens);
      filled_ns_ = now;
    }
  }

  static constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t burst_;
  std::int64_t per_second_;
  Clock& clock_;
  std::int64_t tokens_;
  std::int64_t filled_ns_;
};

}  // namespace cryptobroker
