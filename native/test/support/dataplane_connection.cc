#include "native/test/support/dataplane_connection.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstring>

namespace cryptobroker::testing {

Connection::Connection(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0)
      << std::strerror(errno);
}

bool Connection::run_until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (!say() || std::chrono::steady_clock::now() > end) {
      return false;
    }
    pollfd waiting{socket_.get(), POLLIN, 0};
    // Short, for what is waited for may come about in another way.
    if (poll(&waiting, 1, 10) > 0 && !hear()) {
      return done();
    }
  }
  return say();
}

bool Connection::say() {
  for (std::vector<std::uint8_t> bytes = client_.output(); !bytes.empty();
       bytes = client_.output()) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t more =
          send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (more <= 0) {
        return false;
      }
      sent += static_cast<std::size_t>(more);
    }
  }
  return true;
}

bool Connection::hear() {
  std::array<std::uint8_t, 65536> bytes;
  const ssize_t size = recv(socket_.get(), bytes.data(), bytes.size(), 0);
  return size > 0 && client_.input(Bytes(bytes).first(static_cast<std::size_t>(size)));
}

std::string Connection::call(std::string_view path, std::string_view message) {
  const std::int32_t stream = client_.call(path, message);
  if (!run_until([&] { return client_.reply(stream).closed; })) {
    return "no answer";
  }
  const Http2Reply& reply = client_.reply(stream);
  const std::vector<std::string> messages = reply.messages();
  return messages.size() == 1 ? messages[0] : reply.outcome();
}

}  // namespace cryptobroker::testing
