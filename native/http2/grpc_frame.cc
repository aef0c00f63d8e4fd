#include "native/http2/grpc_frame.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "native/http2/wipe.h"

namespace cryptobroker {
namespace {

// Memory of a message that a reader keeps for the next one. Most requests fit.
constexpr std::size_t kRetainedBytes = 4096;
// What a message takes of memory at first, if it is to be that long, and by how much that grows.
constexpr std::size_t kFirstBytes = 16 * 1024;
constexpr std::size_t kGrowth = 4;

}  // namespace

bool fill_message_prefix(std::vector<std::uint8_t>& framed) {
  const std::size_t length = framed.size() - kMessagePrefix;
  if (framed.size() < kMessagePrefix || length > std::numeric_limits<std::uint32_t>::max()) {
    return false;
  }
  framed[0] = 0;
  framed[1] = static_cast<std::uint8_t>(length >> 24);
  framed[2] = static_cast<std::uint8_t>(length >> 16);
  framed[3] = static_cast<std::uint8_t>(length >> 8);
  framed[4] = static_cast<std::uint8_t>(length);
  return true;
}

void MessageReader::begin(const Rules& rules) {
  rules_ = rules;
  next();
}

void MessageReader::next() {
  prefix_size_ = 0;
  prefix_[0] = 0;
  length_ = 0;
  received_ = 0;
  clear();
}

void MessageReader::clear() {
  if (rules_.secret) {
    wipe(message_);
  }
  if (message_.capacity() > kRetainedBytes) {
    message_ = {};
  } else {
    message_.clear();
  }
}

MessageReader::Step MessageReader::read(Bytes& chunk) {
  if (prefix_size_ < kMessagePrefix) {
    const std::size_t size = std::min(chunk.size(), kMessagePrefix - prefix_size_);
    std::copy_n(chunk.begin(), size, prefix_.begin() + prefix_size_);
    prefix_size_ += size;
    chunk = chunk.subspan(size);
    if (prefix_size_ < kMessagePrefix) {
      return Step::kNeedsMore;
    }
    length_ = static_cast<std::uint32_t>(prefix_[1]) << 24 |
              static_cast<std::uint32_t>(prefix_[2]) << 16 |
              static_cast<std::uint32_t>(prefix_[3]) << 8 | static_cast<std::uint32_t>(prefix_[4]);
    if (length_ > rules_.hard_bytes) {
      return Step::kTooLarge;
    }
  }
  const std::size_t size = std::min<std::size_t>(chunk.size(), length_ - received_);
  if (kept()) {
    keep(chunk.first(size));
  }
  received_ += static_cast<std::uint32_t>(size);
  chunk = chunk.subspan(size);
  return received_ == length_ ? Step::kMessage : Step::kNeedsMore;
}

void MessageReader::keep(Bytes part) {
  make_room(message_.size() + part.size());
  message_.insert(message_.end(), part.begin(), part.end());
}

// Grows with what has come rather than to the length that the prefix claims: a claim costs its
// maker nothing.
void MessageReader::make_room(std::size_t size) {
  if (size <= message_.capacity()) {
    return;
  }
  const std::size_t wanted = std::max(kFirstBytes, kGrowth * message_.capacity());
  const std::size_t room = std::max(size, std::min<std::size_t>(length_, wanted));
  if (!rules_.secret) {
    message_.reserve(room);
    return;
  }
  std::vector<std::uint8_t> larger;
  larger.reserve(room);
  larger.assign(message_.begin(), message_.end());
  wipe(message_);
  message_ = std::move(larger);
}

}  // namespace cryptobroker
