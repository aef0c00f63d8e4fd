// What a run has found, and how it is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "histogram.h"

namespace bench {

struct Result {
  Histogram latency;
  // Nanoseconds that counted.
  std::uint64_t elapsed = 0;
  std::uint64_t client_cpu = 0;
  // 0 when nobody's was asked for.
  std::uint64_t server_cpu = 0;
  // Calls that ended with something else than OK, by gRPC status; -1: with none.
  std::map<int, std::uint64_t> failures;
  // Calls answered OK, but after their deadline.
  std::uint64_t late = 0;
  // Calls that were due when as many as may be were under way.
  std::uint64_t not_sent = 0;
  std::uint64_t reconnects = 0;
  std::size_t request_bytes = 0;
  std::size_t answer_bytes = 0;
};

// One object of JSON; times in microseconds.
std::string to_json(const Result& result);

// Tells whoever started us: `measuring` and `measured` when they happen.
void print_note(const char* note);
void print_result(const Result& result);

}  // namespace bench
