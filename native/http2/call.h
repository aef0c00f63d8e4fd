// One call: an HTTP/2 stream from its headers to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/http2/grpc_frame.h"
#include "native/http2/header_rules.h"
#include "native/http2/http2_server.h"
#include "native/http2/reply_queue.h"
#include "native/http2/request_head.h"
#include "native/http2/timer_queue.h"
#include "native/http2/trace_headers.h"

namespace cryptobroker {

class Session;

// Owned by the CallRegistry of its thread, which uses it again; driven by its Session.
struct Call final : public Timer {
  enum class Phase : std::uint8_t {
    kHeaders,    // they are coming in
    kReceiving,  // let in; the request is not whole
    kHandled,    // a handler has it and owes an answer
    kAnswered,   // its record is written; the answer may be on its way still
  };

  // How a response begins.
  enum class Opening : std::uint8_t {
    kMessages,  // by one that says that messages follow
    kSuccess,   // by its end: there is no message
    kFailure,   // by its end, with `failure`
    kNotGrpc,   // in terms of HTTP alone
  };

  // Places in the registry, and in the session.
  std::size_t slot = 0;
  std::size_t session_slot = 0;

  Session* session = nullptr;
  std::int32_t stream_id = 0;
  CallToken token = 0;
  // Index in the table; CallRecord::kUnknownMethod: see `path`.
  std::uint16_t method = 0;
  Phase phase = Phase::kHeaders;
  MethodKind kind = MethodKind::kUnary;
  bool secret = false;
  // The client sends no more.
  bool half_closed = false;
  // Counted among the calls that run.
  bool running = false;
  // Counted among the streams that last.
  bool lasting = false;
  // One whole message is there (methods that take one).
  bool has_message = false;
  // The handler has the call by its token.
  bool tracked = false;
  // The handler has had the call to answer it later; what it knew of it by then is in `facts`.
  bool taken = false;
  // Response headers are with nghttp2; what they will say is `opening`.
  bool responding = false;
  Opening opening = Opening::kMessages;
  // No message follows those in `replies`.
  bool ending = false;
  // nghttp2 waits to be told of another message.
  bool deferred = false;
  // The stream was reset by us; what still arrives is nobody's.
  bool reset = false;

  HeaderRules rules;
  RequestHead head;
  // Empty unless calls are traced.
  TraceHeaders trace;
  // Of a method that is not in the table.
  std::string path;
  std::int64_t started_ns = 0;
  // kNoTimeout: none.
  std::int64_t deadline_ns = kNoTimeout;
  // Of all DATA frames.
  std::uint32_t received_bytes = 0;
  // Of messages that a handler got.
  std::uint32_t request_bytes = 0;
  std::uint32_t response_bytes = 0;
  // Memory of the request that is counted as pending.
  std::size_t pending_bytes = 0;
  MessageReader request;
  // What follows the message of a method that takes one. Nothing of it is kept.
  MessageReader surplus;
  ReplyQueue replies;
  // Memory of the last reply, for the next one.
  std::vector<std::uint8_t> spare;
  CallFacts facts;
  // How the response ends; nothing: well.
  std::optional<CallFailure> failure;

  // As new, but for the place and the memory.
  void renew();

 private:
  void expired() override;
};

}  // namespace cryptobroker
