// Length-prefixed messages (PROTOCOL-HTTP2): five bytes, compressed flag and big-endian length,
// then the message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/rpc/answer.h"

namespace cryptobroker {

// Writes the prefix of an uncompressed message into the first kMessagePrefix bytes of `framed`. The
// message is all that follows; false when it is longer than a prefix can say.
bool fill_message_prefix(std::vector<std::uint8_t>& framed);

// Puts the messages of one stream together from chunks of any size. The length is checked before
// anything is kept.
class MessageReader {
 public:
  enum class Step : std::uint8_t {
    kNeedsMore,  // the chunk is used up
    kMessage,    // a message is whole: take it, then next()
    kTooLarge,   // it says that it is longer than the hard limit: nothing more is to be read
  };
  struct Rules {
    // Longer messages are read and counted, but not kept.
    std::size_t keep_bytes = 0;
    std::size_t hard_bytes = 0;
    // Wipes what it lets go of.
    bool secret = false;
  };

  void begin(const Rules& rules);
  // Takes from the front of `chunk`.
  Step read(Bytes& chunk);
  // Makes ready for the next message of the stream.
  void next();
  // Lets go of the message, and of its memory when that is large.
  void clear();

  // Of the message begun last.
  bool compressed() const { return prefix_[0] != 0; }
  std::uint32_t length() const { return length_; }
  bool kept() const { return length_ <= rules_.keep_bytes; }
  // True within a message.
  bool begun() const { return prefix_size_ > 0; }
  std::vector<std::uint8_t>& message() { return message_; }
  // Memory that it holds.
  std::size_t memory() const { return message_.capacity(); }

 private:
  void keep(Bytes part);
  void make_room(std::size_t size);

  Rules rules_;
  std::array<std::uint8_t, kMessagePrefix> prefix_{};
  std::size_t prefix_size_ = 0;
  std::uint32_t length_ = 0;
  std::uint32_t received_ = 0;
  std::vector<std::uint8_t> message_;
};

}  // namespace cryptobroker
