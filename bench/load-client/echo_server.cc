// echo-server SOCKET REQUEST_BYTES ANSWER_BYTES: answers every so many bytes with so many others,
// on one connection after the other. What is left of a server when it does nothing.

#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "unix_socket.h"
#include "whole_messages.h"

namespace {

constexpr long kLargest = 1 << 20;

std::vector<std::uint8_t> message(const char* size) {
  const long bytes = std::strtol(size, nullptr, 10);
  return std::vector<std::uint8_t>(bytes > 0 && bytes <= kLargest ? static_cast<std::size_t>(bytes)
                                                                  : 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("Usage: echo-server SOCKET REQUEST_BYTES ANSWER_BYTES\n", stderr);
    return 2;
  }
  std::vector<std::uint8_t> request = message(argv[2]);
  const std::vector<std::uint8_t> answer = message(argv[3]);
  const bench::UnixSocket listening = bench::UnixSocket::listen(argv[1]);
  if (!listening.open() || request.empty() || answer.empty()) {
    std::fputs("error: cannot listen, or no size between 1 and 1 MiB\n", stderr);
    return 1;
  }
  for (;;) {
    const bench::UnixSocket peer(::accept4(listening.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    while (peer.open() && bench::receive_whole(peer.descriptor(), request) &&
           bench::send_whole(peer.descriptor(), answer)) {
    }
  }
}
