#include "grpc_load.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "answer_check.h"
#include "clocks.h"
#include "grpc_connection.h"

namespace bench {
namespace {

constexpr double kSecond = 1e9;
// How long calls under way are waited for at the end.
constexpr std::uint64_t kFarewell = 5'000'000'000;
// What a connection that was lost is made anew with, at most so often a second.
constexpr std::uint64_t kReconnectEvery = 10'000'000;
constexpr std::uint64_t kMillisecond = 1'000'000;

class GrpcLoad {
 public:
  GrpcLoad(const Options& options, Meter& meter)
      : options_(options), meter_(meter), check_(options) {}

  bool run() {
    for (std::size_t i = 0; i < options_.connections; ++i) {
      connections_.push_back(std::make_unique<GrpcConnection>(options_));
      if (!connections_.back()->open()) {
        std::fprintf(stderr, "error: no connection to the server\n");
        return false;
      }
    }
    const std::size_t warm =
        options_.warmup_in_flight > 0 ? options_.warmup_in_flight : options_.in_flight;
    if (!phase(options_.warmup, warm) || !settle()) {
      return false;
    }
    meter_.start();
    const bool measured = phase(options_.seconds, options_.in_flight);
    meter_.stop();
    meter_.result().request_bytes = options_.request.size();
    meter_.result().answer_bytes = check_.message_bytes();
    return measured && settle();
  }

 private:
  // Sends for so many seconds.
  bool phase(double seconds, std::size_t in_flight) {
    const std::uint64_t start = now();
    const std::uint64_t end = start + static_cast<std::uint64_t>(seconds * kSecond);
    started_ = start;
    due_ = 0;
    while (now() < end) {
      if (options_.rate > 0) {
        begin_due(in_flight);
      } else {
        fill(in_flight);
      }
      if (!exchange(end) || !take()) {
        return false;
      }
    }
    return true;
  }

  // Waits for what is under way.
  bool settle() {
    const std::uint64_t end = now() + kFarewell;
    while (under_way() > 0 && now() < end) {
      if (!exchange(end) || !take()) {
        return false;
      }
    }
    return true;
  }

  void fill(std::size_t in_flight) {
    for (auto& connection : connections_) {
      while (connection->open() && connection->under_way() < in_flight) {
        connection->begin(now());
      }
    }
  }

  // Begins every call that is due by now, on the connections in turn.
  void begin_due(std::size_t in_flight) {
    const std::uint64_t elapsed = now() - started_;
    const auto due =
        static_cast<std::uint64_t>(static_cast<double>(elapsed) / kSecond * options_.rate);
    for (; due_ < due; ++due_) {
      const auto since = started_ + static_cast<std::uint64_t>(static_cast<double>(due_) /
                                                               options_.rate * kSecond);
      GrpcConnection* connection = connection_with_room(in_flight);
      if (connection != nullptr) {
        connection->begin(since);
      } else if (meter_.measuring()) {
        ++meter_.result().not_sent;
      }
    }
  }

  GrpcConnection* connection_with_room(std::size_t in_flight) {
    for (std::size_t tried = 0; tried < connections_.size(); ++tried) {
      GrpcConnection& connection = *connections_[turn_++ % connections_.size()];
      if (connection.open() && connection.under_way() < in_flight) {
        return &connection;
      }
    }
    return nullptr;
  }

  // Writes, waits for something to read, reads.
  bool exchange(std::uint64_t end) {
    if (!reconnect()) {
      return false;
    }
    for (auto& connection : connections_) {
      connection->flush();
    }
    GrpcConnection& first = *connections_.front();
    // The cheapest wait there is: one connection, nothing left to write, the next call when an
    // answer is there.
    if (connections_.size() == 1 && options_.rate == 0 && first.open() && !first.wants_to_write() &&
        first.under_way() > 0) {
      first.receive(true);
      return true;
    }
    wait(end);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (connections_[i]->open() && (waiting_[i].revents & ~POLLOUT) != 0) {
        connections_[i]->receive(false);
      }
    }
    return true;
  }

  void wait(std::uint64_t end) {
    waiting_.resize(connections_.size());
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      const GrpcConnection& connection = *connections_[i];
      waiting_[i].fd = connection.open() ? connection.descriptor() : -1;
      waiting_[i].events = static_cast<short>(POLLIN | (connection.wants_to_write() ? POLLOUT : 0));
      waiting_[i].revents = 0;
    }
    const std::uint64_t at = now();
    std::uint64_t limit = end > at ? end - at : 0;
    if (options_.rate > 0) {
      const auto next = started_ + static_cast<std::uint64_t>(static_cast<double>(due_ + 1) /
                                                              options_.rate * kSecond);
      limit = std::min(limit, next > at ? next - at : 0);
    } else if (under_way() == 0) {
      limit = std::min(limit, kMillisecond);
    }
    const timespec time = {static_cast<time_t>(limit / 1'000'000'000U),
                           static_cast<long>(limit % 1'000'000'000U)};
    ::ppoll(waiting_.data(), waiting_.size(), &time, nullptr);
  }

  bool reconnect() {
    for (auto& connection : connections_) {
      if (connection->open()) {
        continue;
      }
      if (!options_.allow_failures) {
        std::fprintf(stderr, "error: the server ended the connection\n");
        return false;
      }
      // Its last calls have to be told of first.
      if (!take()) {
        return false;
      }
      if (now() - reconnected_ < kReconnectEvery) {
        continue;
      }
      reconnected_ = now();
      ++meter_.result().reconnects;
      connection = std::make_unique<GrpcConnection>(options_);
    }
    return true;
  }

  // Books every call that has ended.
  bool take() {
    for (auto& connection : connections_) {
      for (const Finished& call : connection->take_finished()) {
        if (!book(call)) {
          return false;
        }
      }
    }
    return true;
  }

  bool book(const Finished& call) {
    std::string wrong;
    if (call.status != 0) {
      wrong = "status " + std::to_string(call.status) + " " + call.message;
    } else {
      wrong = check_.check(call.framed);
    }
    if (!wrong.empty() && (call.status == 0 || !options_.allow_failures)) {
      std::fprintf(stderr, "error: %s\n", wrong.c_str());
      return false;
    }
    if (!meter_.measuring()) {
      return true;
    }
    Result& result = meter_.result();
    const std::uint64_t latency = now() - call.since;
    if (call.status != 0) {
      ++result.failures[call.status];
    } else if (options_.deadline_ms > 0 && latency > options_.deadline_ms * kMillisecond) {
      ++result.late;
    } else {
      result.latency.record(latency);
    }
    return true;
  }

  std::size_t under_way() const {
    std::size_t sum = 0;
    for (const auto& connection : connections_) {
      sum += connection->under_way();
    }
    return sum;
  }

  const Options& options_;
  Meter& meter_;
  AnswerCheck check_;
  std::vector<std::unique_ptr<GrpcConnection>> connections_;
  std::vector<pollfd> waiting_;
  std::uint64_t started_ = 0;
  std::uint64_t due_ = 0;
  std::size_t turn_ = 0;
  std::uint64_t reconnected_ = 0;
};

}  // namespace

bool run_grpc_load(const Options& options, Meter& meter) { return GrpcLoad(options, meter).run(); }

}  // namespace bench
