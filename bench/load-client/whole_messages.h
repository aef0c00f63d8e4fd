// Messages of a known size over a stream socket.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

inline bool send_whole(int descriptor, const std::vector<std::uint8_t>& message) {
  for (std::size_t sent = 0; sent < message.size();) {
    const ssize_t length =
        ::send(descriptor, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
    if (length < 0 && errno != EINTR) {
      return false;
    }
    sent += length > 0 ? static_cast<std::size_t>(length) : 0;
  }
  return true;
}

inline bool receive_whole(int descriptor, std::vector<std::uint8_t>& message) {
  for (std::size_t received = 0; received < message.size();) {
    const ssize_t length =
        ::recv(descriptor, message.data() + received, message.size() - received, 0);
    if (length == 0 || (length < 0 && errno != EINTR)) {
      return false;
    }
    received += length > 0 ? static_cast<std::size_t>(length) : 0;
  }
  return true;
}

}  // namespace bench
