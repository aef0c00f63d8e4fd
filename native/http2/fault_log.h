// Faults that belong to no call, told to the observer without letting whoever causes them fill the
// log.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "native/http2/clock.h"
#include "native/http2/http2_server.h"

namespace cryptobroker {

// Thread-safe.
class FaultLog {
 public:
  // The same text is told at most once in this time; the next one says how many there were.
  static constexpr std::int64_t kQuietNs = 10'000'000'000;

  explicit FaultLog(ServerObserver& observer) : observer_(observer) {}
  // `what` is one of a few texts of ours: every one is remembered.
  void report(std::string_view what, std::int64_t now_ns);

 private:
  struct Seen {
    std::int64_t told_ns = 0;
    std::uint64_t since = 0;
  };
  ServerObserver& observer_;
  std::mutex mutex_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace cryptobroker
