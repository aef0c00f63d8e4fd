// The native data plane: the server of native/http2 with the methods of native/broker, the pool for
// what is long, and a batch queue to a script for every other method. Knows no JavaScript: the binding
// gives it an Outlet and takes the batches.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "native/broker/broker_service.h"
#include "native/crypto/errors.h"
#include "native/crypto/worker_pool.h"
#include "native/http2/http2_server.h"

namespace cryptobroker {

// What happened to a call of a scripted method.
struct ScriptEvent {
  enum class Kind : std::uint8_t { kRequest, kHalfClosed, kCancelled, kDeadlineExceeded, kWritable };
  Kind kind = Kind::kRequest;
  CallToken token = 0;
  std::uint16_t method = 0;
  std::int64_t deadline_unix_ms = 0;
  std::vector<std::uint8_t> message;
};

// A finished call that the script has to hear of by itself: it failed inside.
struct Incident {
  CallRecord record;
  std::string cause;
};

// Counts and latencies of one method and status, since the start.
struct CallCounter {
  std::uint16_t method = 0;
  GrpcStatus status = GrpcStatus::kOk;
  std::uint64_t calls = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t duration_ns = 0;
};

class DataPlane {
 public:
  struct ScriptMethod {
    std::string path;
    MethodKind kind = MethodKind::kUnary;
    bool secret = false;
  };
  struct Options {
    BrokerService::Options broker;
    std::vector<ScriptMethod> script_methods;
    // Paths served by the script even though there is a native method (for comparison); usually empty.
    Http2Limits limits;
    std::size_t threads = 1;
    WorkerPool* pool = nullptr;  // outlives the data plane
    // Lines of finished calls are made when true: one JSON object each, with this `service`.
    bool log_calls = true;
    std::string service;
    // Called on any thread when there is something for the script; at most once until take_…() has
    // emptied what was there.
    std::function<void()> wake;
  };

  static Result<std::unique_ptr<DataPlane>> start(Options options);
  ~DataPlane();
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  BrokerService& broker();
  Http2Server& server();

  // On the script's thread. All that has come since the last call; bounded.
  std::vector<ScriptEvent> take_events();
  // Log lines of finished calls, oldest first, ready to be written; at most `max_bytes`, whole lines.
  // Empty: none is left.
  std::string take_lines(std::size_t max_bytes);
  std::vector<Incident> take_incidents();
  std::vector<std::string> take_faults();
  // Records that were lost because nobody took them in time, since the start.
  std::uint64_t lost_records() const;
  std::vector<CallCounter> counters() const;

 private:
  struct State;
  explicit DataPlane(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cryptobroker
