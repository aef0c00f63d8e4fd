// Sums over all threads of a server.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cryptobroker {

struct ServerTotals {
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> running_calls = 0;
  std::atomic<std::uint64_t> finished_calls = 0;
  // Of the running calls, those that are not unary.
  std::atomic<std::size_t> streams = 0;
  // Bytes of requests that are not whole.
  std::atomic<std::size_t> pending_bytes = 0;
  // Bytes of replies that wait for their readers.
  std::atomic<std::size_t> unsent_bytes = 0;
};

}  // namespace cryptobroker
