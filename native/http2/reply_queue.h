// Framed messages of one call on their way out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "native/crypto/bytes.h"

namespace cryptobroker {

class ReplyQueue {
 public:
  // A message that finds the queue empty is not copied; what comes behind it is put together.
  void push(std::vector<std::uint8_t> framed) {
    if (front_.empty()) {
      front_ = std::move(framed);
    } else {
      behind_.insert(behind_.end(), framed.begin(), framed.end());
    }
  }
  std::size_t size() const { return front_.size() - offset_ + behind_.size(); }
  bool empty() const { return size() == 0; }
  // Bytes that can be taken in one piece.
  std::size_t contiguous() const { return front_.size() - offset_; }
  Bytes front(std::size_t size) const { return Bytes(front_).subspan(offset_, size); }
  void pop(std::size_t size) {
    offset_ += size;
    if (offset_ == front_.size()) {
      offset_ = 0;
      front_.clear();
      std::swap(front_, behind_);
    }
  }
  // Forgets everything, and gives away memory that can be used again.
  std::vector<std::uint8_t> reset() {
    offset_ = 0;
    behind_ = {};
    std::vector<std::uint8_t> memory = std::move(front_);
    front_ = {};
    memory.clear();
    return memory;
  }

 private:
  std::vector<std::uint8_t> front_;
  std::size_t offset_ = 0;
  std::vector<std::uint8_t> behind_;
};

}  // namespace cryptobroker
