// Calls counted by method and status, and by profile. Not thread-safe: CallLog holds its lock
// around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/dataplane/data_plane.h"
#include "native/rpc/call_record.h"

namespace cryptobroker {

class CallCounters {
 public:
  explicit CallCounters(std::size_t methods);
  void count(const CallRecord& record);
  // Those that have counted something, by method and status.
  std::vector<CallCounter> read() const;

 private:
  const std::size_t methods_;
  std::vector<CallCounter> counters_;
  // Calls of each profile that has been seen, a row of counters for each but for 0.
  std::vector<std::uint64_t> by_profile_;
};

}  // namespace cryptobroker
