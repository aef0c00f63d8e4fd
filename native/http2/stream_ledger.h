// What the messages of each open response stream have waiting, for those who send from other
// threads.
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "native/http2/http2_server.h"

namespace cryptobroker {

// Thread-safe. Unary calls are not in it.
class StreamLedger {
 public:
  // A sender is told to wait when more than this waits, and told to go on below a quarter of it.
  static constexpr std::size_t kHighWater = 256 * 1024;

  enum class Room : std::uint8_t { kGone, kFull, kFree };

  void open(CallToken token);
  void close(CallToken token);
  // Before a message of that many bytes is handed to the stream's thread.
  Room add(CallToken token, std::size_t bytes);
  // They have left. True when a sender that was told to wait can go on.
  bool sent(CallToken token, std::size_t bytes);

 private:
  struct Entry {
    std::size_t waiting = 0;
    bool told_to_wait = false;
  };
  std::mutex mutex_;
  std::unordered_map<CallToken, Entry> entries_;
};

}  // namespace cryptobroker
