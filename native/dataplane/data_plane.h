// The native data plane: the server of native/http2 with the methods of native/broker, the pool for
// what is long, and a batch queue to a script for every other method. Knows no JavaScript: whoever
// starts it gives it a function that wakes the script, and takes the batches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/broker/broker_service.h"
#include "native/crypto/errors.h"
#include "native/crypto/worker_pool.h"
#include "native/dataplane/span_sampler.h"
#include "native/http2/http2_server.h"

namespace cryptobroker {

// What happened to a call of a scripted method. An event may be about a call that the script has
// never heard of, or has ended already: such a one is to be ignored.
struct ScriptEvent {
  enum class Kind : std::uint8_t {
    kRequest,
    kHalfClosed,
    kCancelled,
    kDeadlineExceeded,
    kWritable
  };
  Kind kind = Kind::kRequest;
  CallToken token = 0;
  // Index in Options::script_methods; requests only.
  std::uint16_t method = 0;
  std::int64_t deadline_unix_ms = 0;
  std::vector<std::uint8_t> message;
  // The headers of these names (TraceHeaders); requests only, and only while calls are traced.
  std::string trace_parent;
  std::string trace_state;
};

// A finished call that the script has to hear of by itself: it failed inside.
struct Incident {
  CallRecord record;
  std::string cause;
};

// Upper bounds of the classes that durations are counted in; beyond the last there is one more.
inline constexpr std::array<std::int64_t, 10> kDurationBoundsNs{
    10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

// How often something was called by one profile.
struct ProfileCalls {
  // CallFacts::profile_number.
  std::uint16_t profile = 0;
  std::uint64_t calls = 0;
};

// Counts and latencies of one method and status, since the start.
struct CallCounter {
  // Index in the data plane's methods, or CallRecord::kUnknownMethod.
  std::uint16_t method = 0;
  GrpcStatus status = GrpcStatus::kOk;
  std::uint64_t calls = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t duration_ns = 0;
  // Calls of each class alone, not of those below it.
  std::array<std::uint64_t, kDurationBoundsNs.size() + 1> durations{};
  // Of the calls, those that named a profile that there is.
  std::vector<ProfileCalls> profiles;
};

// A call that is to become a span.
struct SpanRecord {
  CallRecord call;
  SpanFacts facts;
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
    // A path that is a native method's as well is served by the script.
    std::vector<ScriptMethod> script_methods;
    Http2Limits limits;
    std::size_t threads = 1;
    WorkerPool* pool = nullptr;  // outlives the data plane
    // Lines of finished calls are made when true: one JSON object each, with this `service`.
    bool log_calls = true;
    std::string service;
    // Which calls become spans; absent: none, and nothing is gathered for any.
    std::optional<SpanSampling> spans;
    // Called on any thread when there is something for the script; seldom more than once until the
    // take_…() functions have emptied what was there. Must not block and not call back.
    std::function<void()> wake;
  };

  static Result<std::unique_ptr<DataPlane>> start(Options options);
  // Ends everything at once and joins the threads; waits for the work that a pool thread has begun.
  ~DataPlane();
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  BrokerService& broker();
  Http2Server& server();
  // Path of a method by its index; empty for CallRecord::kUnknownMethod.
  std::string_view path(std::uint16_t method) const;
  // Name of a profile by its number; empty for 0.
  std::string profile(std::uint16_t number) const;
  // Whether requests of a scripted method hold key material.
  bool secret(std::uint16_t script_method) const;

  // On the script's thread. The oldest events, at most a few hundred; empty: none is left.
  std::vector<ScriptEvent> take_events();
  // Log lines of finished calls, oldest first, ready to be written; whole lines of at most
  // `max_bytes` together, which is at least kLongestLine. Empty: none is left.
  std::string take_lines(std::size_t max_bytes);
  std::vector<Incident> take_incidents();
  // Failures that belong to no call, and what was lost because nobody took it in time.
  std::vector<std::string> take_faults();
  // Calls that are to become spans, the oldest, at most a few hundred; empty: none is left.
  std::vector<SpanRecord> take_spans();
  // Records, for lines or spans, that were lost because nobody took them in time, since the start.
  std::uint64_t lost_records() const;
  // Of the calls that the script did not get; what has never happened is left out.
  std::vector<CallCounter> counters() const;

  static constexpr std::size_t kLongestLine = 4096;

 private:
  struct State;
  explicit DataPlane(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cryptobroker
