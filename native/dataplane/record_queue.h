// Finished calls on their way to the log: a bounded queue of records, written by the server's
// threads and read in batches. Not thread-safe: CallLog holds its lock around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/rpc/call_record.h"

namespace cryptobroker {

class RecordQueue {
 public:
  // Memory is touched only as far as it is used.
  explicit RecordQueue(std::size_t capacity_bytes);

  // False when the record is lost because there is no room for it.
  bool add(const CallRecord& record);
  bool empty() const { return filled_ == 0; }
  // Bytes in use.
  std::size_t size() const { return filled_; }
  void swap(RecordQueue& other) noexcept;

  // Fills in the oldest record. False when there is none.
  bool take(CallRecord& record);

 private:
  // A record takes the bytes that its texts have, not those they could have: a burst then stays in
  // the processor's cache (60 to 100 bytes in place of 420).
  std::vector<std::uint8_t> bytes_;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace cryptobroker
