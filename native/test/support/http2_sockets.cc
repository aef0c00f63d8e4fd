#include "native/test/support/http2_sockets.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <utility>

namespace cryptobroker::testing {
namespace {

constexpr std::chrono::seconds kPatience{20};

// Names of the abstract namespace begin with a zero byte and are of no interest to a file system.
sockaddr_un address_of(const std::string& name, socklen_t& size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

std::string fresh_name() {
  static std::atomic<int> next = 0;
  return "cryptobroker-test-" + std::to_string(getpid()) + "-" + std::to_string(++next);
}

int listening_socket(const std::string& name) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = 0;
  const sockaddr_un address = address_of(name, size);
  EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(fd, 128), 0);
  return fd;
}

}  // namespace

void Tally::add(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++counts_[what];
  changed_.notify_all();
}

bool Tally::wait_for(const std::string& what, std::size_t times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return counts_[what] >= times; });
}

std::size_t Tally::count(const std::string& what) {
  const std::lock_guard lock(mutex_);
  return counts_[what];
}

SocketServer::SocketServer(const Http2Limits& limits, std::size_t threads) : address(fresh_name()) {
  echo.request = [](const CallStart&, std::vector<std::uint8_t>& message, Answer& answer) {
    answer.framed.insert(answer.framed.end(), message.begin(), message.end());
    return true;
  };
  handler.request = [](const CallStart&, std::vector<std::uint8_t>&, Answer&) { return false; };
  Http2Server::Options options;
  options.methods = {{"/t.Test/Echo", MethodKind::kUnary, false, &echo},
                     {"/t.Test/Call", MethodKind::kUnary, false, &handler},
                     {"/t.Test/Stream", MethodKind::kServerStream, false, &handler}};
  options.limits = limits;
  options.threads = threads;
  options.observer = &observer;
  auto started = Http2Server::start(std::move(options));
  EXPECT_TRUE(started);
  server = std::move(started).value();
  EXPECT_TRUE(server->listen(listening_socket(address)));
}

UniqueFd SocketServer::connect() const {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  socklen_t size = 0;
  const sockaddr_un to = address_of(address, size);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), size) != 0) {
    fd.reset();
  }
  return fd;
}

SocketClient::SocketClient(const SocketServer& server, const Http2Client::Options& options)
    : http2(options), socket(server.connect()) {
  EXPECT_GE(socket.get(), 0);
}

void SocketClient::write() {
  const std::vector<std::uint8_t> output = http2.output();
  for (std::size_t at = 0; at < output.size();) {
    const ssize_t size = send(socket.get(), output.data() + at, output.size() - at, MSG_NOSIGNAL);
    if (size <= 0) {
      return;  // the connection is over; reading says so too
    }
    at += static_cast<std::size_t>(size);
  }
}

bool SocketClient::run_until(const std::function<bool()>& done) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  std::array<std::uint8_t, 64 * 1024> buffer;
  for (;;) {
    write();
    if (done()) {
      return true;
    }
    pollfd wait{socket.get(), POLLIN, 0};
    if (std::chrono::steady_clock::now() > limit || poll(&wait, 1, 1000) < 0) {
      return false;
    }
    if (wait.revents == 0) {
      continue;
    }
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      return done();
    }
    EXPECT_TRUE(http2.input({buffer.data(), static_cast<std::size_t>(size)}));
  }
}

std::string SocketClient::outcome(std::string_view path, std::string_view message,
                                  const Http2Headers& more) {
  const std::int32_t stream = http2.call(path, message, more);
  run_until([&] { return http2.reply(stream).closed; });
  return http2.reply(stream).outcome();
}

bool SocketClient::wait_for_close() {
  std::array<std::uint8_t, 64 * 1024> buffer;
  for (;;) {
    pollfd wait{socket.get(), POLLIN, 0};
    if (poll(&wait, 1, 20'000) <= 0) {
      return false;
    }
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      return true;
    }
    http2.input({buffer.data(), static_cast<std::size_t>(size)});
  }
}

}  // namespace cryptobroker::testing
