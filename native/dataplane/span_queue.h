// Sampled calls on their way to the script: a bounded queue, written by the server's threads and
// read in batches. Not thread-safe: CallLog holds its lock around add() and swap().
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "native/dataplane/data_plane.h"

namespace cryptobroker {

class SpanQueue {
 public:
  // Memory is touched only as far as it is used.
  explicit SpanQueue(std::size_t capacity) { records_.reserve(capacity); }

  // False when the record is lost because there is no room for it. It has its `span`.
  bool add(const CallRecord& call) {
    if (records_.size() == records_.capacity()) {
      return false;
    }
    SpanRecord& added = records_.emplace_back(call, *call.span);
    added.call.span = nullptr;
    return true;
  }
  bool empty() const { return taken_ == records_.size(); }
  std::size_t size() const { return records_.size() - taken_; }
  void swap(SpanQueue& other) noexcept {
    records_.swap(other.records_);
    std::swap(taken_, other.taken_);
  }

  // The oldest, at most `most`.
  std::vector<SpanRecord> take(std::size_t most) {
    const auto begin = records_.begin() + static_cast<std::ptrdiff_t>(taken_);
    const auto end = begin + static_cast<std::ptrdiff_t>(std::min(most, size()));
    std::vector<SpanRecord> taken(std::make_move_iterator(begin), std::make_move_iterator(end));
    taken_ += taken.size();
    if (empty()) {
      records_.clear();
      taken_ = 0;
    }
    return taken;
  }

 private:
  std::vector<SpanRecord> records_;
  std::size_t taken_ = 0;
};

}  // namespace cryptobroker
