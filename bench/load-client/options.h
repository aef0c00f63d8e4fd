// The command line of load-client.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bench {

struct Options {
  std::string socket;
  std::string path;
  // The request message, without gRPC's prefix.
  std::vector<std::uint8_t> request;
  // Bytes that every answer must have in it; empty: any answer will do.
  std::vector<std::uint8_t> contains;
  // Every answer must be the same as the first.
  bool same_answers = false;
  // Answers other than OK are counted rather than the end of the run, and lost connections made
  // anew.
  bool allow_failures = false;
  std::size_t in_flight = 1;  // on each connection
  std::size_t connections = 1;
  double seconds = 1;
  double warmup = 0;
  // Requests in flight on each connection while it warms up; 0: as when it measures.
  std::size_t warmup_in_flight = 0;
  // Requests a second, whether the server keeps up or not; 0: the next when an answer is there.
  double rate = 0;
  // Sent as grpc-timeout; 0: none.
  std::uint32_t deadline_ms = 0;
  // Whose processor time is told; 0: nobody's.
  pid_t server_pid = 0;
  // Not gRPC: the request is sent as it is, and so many bytes are the answer; 0: gRPC.
  std::size_t raw_answer = 0;
};

// Prints what is wrong and returns nothing; `--help` is printed and ends the process.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace bench
