#include "ping_pong.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "clocks.h"
#include "unix_socket.h"
#include "whole_messages.h"

namespace bench {
namespace {

bool exchange_for(double seconds, int descriptor, const Options& options, Meter& meter) {
  std::vector<std::uint8_t> answer(options.raw_answer);
  const std::uint64_t end = now() + static_cast<std::uint64_t>(seconds * 1e9);
  for (std::uint64_t begun = now(); begun < end;) {
    if (!send_whole(descriptor, options.request) || !receive_whole(descriptor, answer)) {
      std::fprintf(stderr, "error: the server ended the connection\n");
      return false;
    }
    const std::uint64_t answered = now();
    if (meter.measuring()) {
      meter.result().latency.record(answered - begun);
    }
    begun = answered;
  }
  return true;
}

}  // namespace

bool run_ping_pong(const Options& options, Meter& meter) {
  const UnixSocket socket = UnixSocket::connect(options.socket);
  if (!socket.open()) {
    std::fprintf(stderr, "error: no connection to the server\n");
    return false;
  }
  if (!exchange_for(options.warmup, socket.descriptor(), options, meter)) {
    return false;
  }
  meter.start();
  const bool measured = exchange_for(options.seconds, socket.descriptor(), options, meter);
  meter.stop();
  meter.result().request_bytes = options.request.size();
  meter.result().answer_bytes = options.raw_answer;
  return measured;
}

}  // namespace bench
