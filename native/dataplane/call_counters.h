// Calls counted by method and status. Not thread-safe: CallLog holds its lock around it.
#pragma once

#include <cstddef>
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
};

}  // namespace cryptobroker
