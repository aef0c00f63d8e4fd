// A gRPC server over Unix sockets: nghttp2 on threads of its own, one epoll loop each. It knows
// HTTP/2 and gRPC framing, limits, deadlines and statuses; of methods it knows a path and a
// handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "native/crypto/errors.h"
#include "native/rpc/answer.h"
#include "native/rpc/call_record.h"

namespace cryptobroker {

// Names one call as long as the server lives; never used again, so a late answer finds nothing
// rather than another call.
using CallToken = std::uint64_t;

struct TraceHeaders;

enum class CancelReason : std::uint8_t { kCancelled, kDeadlineExceeded };

// A call as a handler gets it.
struct CallStart {
  CallToken token = 0;
  // Index in the table of methods.
  std::uint16_t method = 0;
  // When the caller stops waiting, in milliseconds since 1970; 0: never.
  std::int64_t deadline_unix_ms = 0;
  // There while calls are traced, and only during on_request().
  const TraceHeaders* trace = nullptr;
};

// Serves the calls of one or more methods. All functions are called on a thread of the server and
// must not block; nothing throws.
class CallHandler {
 public:
  virtual ~CallHandler() = default;

  // A whole request message (for a bidirectional method: one of them). Returns true when `answer`
  // is filled in, false when Http2Server::answer() will be called for this token later, from any
  // thread. May take `message` away; what is left of a secret one is wiped by the server.
  virtual bool on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                          Answer& answer) = 0;
  // Bidirectional methods: the caller sends no more.
  virtual void on_half_closed(CallToken token) { static_cast<void>(token); }
  // Nobody waits for the pending call any longer. answer() need not be called, and does no harm.
  virtual void on_cancelled(CallToken token, CancelReason reason) {
    static_cast<void>(token);
    static_cast<void>(reason);
  }
  // A stream whose messages waited for its reader (send() said so) can take more.
  virtual void on_writable(CallToken token) { static_cast<void>(token); }
};

enum class MethodKind : std::uint8_t { kUnary, kServerStream, kBidirectional };

struct Http2Method {
  std::string path;
  MethodKind kind = MethodKind::kUnary;
  bool secret = false;
  // Outlives the server.
  CallHandler* handler = nullptr;
};

// Told of what happens, on a thread of the server. Must not block or throw.
class ServerObserver {
 public:
  virtual ~ServerObserver() = default;
  // Every call once, when it has ended. `cause` is for the log of an incident.
  virtual void finished(const CallRecord& record, std::string_view cause) = 0;
  // Something that belongs to no call: `what` is text of ours ("too many resets", "cannot accept a
  // connection: EMFILE"); the server bounds how often it says the same.
  virtual void fault(std::string_view what) = 0;
};

struct Http2Limits {
  std::size_t max_concurrent_streams = 1024;
  std::size_t max_connections = 1024;  // of each listener
  // Calls of other kinds than unary, of all connections together: they may last for ever, so
  // nothing else bounds their number. MAX_STREAMS of src/grpc/limits.ts.
  std::size_t max_streams = 4096;
  std::size_t max_request_bytes = 2 * 1024 * 1024;   // MESSAGE_TOO_LARGE beyond
  std::size_t hard_message_bytes = 4 * 1024 * 1024;  // RESOURCE_EXHAUSTED by the prefix alone
  // Of unfinished requests of all connections together, and of replies that wait for their readers.
  std::size_t max_pending_bytes = 256 * 1024 * 1024;
  std::size_t max_header_list_bytes = 16 * 1024;
  // As many as node:http2 allows.
  std::size_t max_header_fields = 128;
  // Reply bytes that may wait for one connection's reader; the streams beyond it are reset.
  std::size_t max_unsent_bytes = 16 * 1024 * 1024;
  // A connection without calls may stay this long when others wait for its place. Streams that
  // last are none, unless a message has gone through one of them meanwhile.
  std::chrono::milliseconds idle_after{5000};
  // A request that has begun must be whole by then (DEADLINE_EXCEEDED), and a reader that has
  // replies waiting must take some of them (its connection is closed).
  std::chrono::milliseconds request_timeout{30000};
  // A new connection must have begun to speak HTTP/2 by then.
  std::chrono::milliseconds preface_timeout{10000};
};

struct Http2Stats {
  std::size_t connections = 0;
  std::size_t running_calls = 0;
  std::uint64_t finished_calls = 0;
};

class Http2Server {
 public:
  struct Options {
    std::vector<Http2Method> methods;
    Http2Limits limits;
    std::size_t threads = 1;             // 1 or 2: connections are dealt out
    ServerObserver* observer = nullptr;  // outlives the server
    // Records have what a span says (CallRecord::span).
    bool traced = false;
  };

  static Result<std::unique_ptr<Http2Server>> start(Options options);
  // Ends every connection at once and joins the threads.
  ~Http2Server();
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  // Takes over a listening socket; connections are accepted from now on. INTERNAL, and the socket
  // stays the caller's, when it is not one.
  Status listen(int listening_socket);
  // Stops accepting and closes the listening sockets; connections live on. Waits until that is
  // done, so not on a thread of the server.
  void stop_listening();

  // From any thread. An answer for a call that has gone is dropped. That of a stream ends it; a
  // message in it is the last one, no byte behind the prefix is none.
  void answer(CallToken token, Answer answer);
  // One message of a stream: kMessagePrefix bytes to be filled in, then the message. False when the
  // stream has gone, or, with this message, has more waiting than it should: wait for
  // on_writable().
  bool send(CallToken token, std::vector<std::uint8_t> framed);

  // GOAWAY in two steps (RFC 9113 §6.8), waits for running calls at most `limit`, then cuts off
  // what runs. Calls `done` with the number of calls cut off, on a thread of the server, when no
  // connection is left. Once.
  void drain(std::chrono::milliseconds limit, std::function<void(std::size_t cut_off)> done);

  Http2Stats stats() const;

 private:
  struct State;
  explicit Http2Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cryptobroker
