// How a call ends: with an answer, a failure, or nobody to hear of it.
#include <optional>
#include <utility>

#include "native/http2/refusals.h"
#include "native/http2/session.h"

namespace cryptobroker {

void Session::answer(Call& call, Answer& answer) {
  if (answer.failure.has_value()) {
    fail(call, *answer.failure, answer.facts);
  } else {
    succeed(call, answer);
  }
}

void Session::succeed(Call& call, Answer& answer) {
  forget_handler(call);
  const bool has_message = call.kind == MethodKind::kUnary || answer.framed.size() > kMessagePrefix;
  if (has_message && !queue_reply(call, answer.framed)) {
    return;
  }
  record(call, nullptr, answer.facts);
  call.ending = true;
  if (call.responding) {
    resume(call);
  } else if (call.replies.empty()) {
    respond(call, Call::Opening::kSuccess);
  } else {
    respond(call, Call::Opening::kMessages);
  }
}

void Session::fail(Call& call, const CallFailure& failure, const CallFacts& facts) {
  forget_handler(call);
  record(call, &failure, facts);
  release_pending(call);
  call.request.clear();
  call.ending = true;
  call.failure = failure;
  if (call.responding) {
    resume(call);
  } else {
    respond(call, Call::Opening::kFailure);
  }
}

void Session::send(Call& call, std::vector<std::uint8_t> framed) {
  if (call.phase != Call::Phase::kHandled || !queue_reply(call, framed)) {
    return;
  }
  let_last(call);
  if (call.responding) {
    resume(call);
  } else {
    respond(call, Call::Opening::kMessages);
  }
}

// Resets the stream of a request that is none.
void Session::refuse(Call& call) {
  call.reset = true;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.stream_id, NGHTTP2_PROTOCOL_ERROR);
}

// Resets the stream of a call that asks for too much.
void Session::cut_off(Call& call, std::uint32_t error_code, std::string_view fault) {
  call.reset = true;
  context_.shared.faults.report(fault, context_.clock.monotonic_ns());
  cancel(call, fault);
  release_pending(call);
  call.request.clear();
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.stream_id, error_code);
}

// Nobody waits for the call any longer.
void Session::cancel(Call& call, std::string_view cause) {
  if (!call.running || call.phase == Call::Phase::kAnswered) {
    return;
  }
  if (call.tracked) {
    context_.shared.methods[call.method].handler->on_cancelled(call.token,
                                                               CancelReason::kCancelled);
  }
  forget_handler(call);
  const CallFailure cancelled = refusals::cancelled(cause);
  record(call, &cancelled, call.facts);
}

void Session::forget_handler(Call& call) {
  call.disarm();
  context_.calls.untrack(call);
  if (call.kind != MethodKind::kUnary) {
    context_.shared.streams.close(call.token);
  }
}

// The stream is gone.
void Session::close(Call& call) {
  cancel(call, {});
  release_pending(call);
  unsent_ -= call.replies.size();
  context_.shared.totals.unsent_bytes.fetch_sub(call.replies.size(), std::memory_order_relaxed);
  if (call.lasting) {
    --lasting_;
  }
  if (call.running) {
    if (call.kind != MethodKind::kUnary) {
      context_.shared.totals.streams.fetch_sub(1, std::memory_order_relaxed);
    }
    --running_;
    context_.shared.totals.running_calls.fetch_sub(1, std::memory_order_relaxed);
  }
  open_[call.session_slot] = open_.back();
  open_[call.session_slot]->session_slot = call.session_slot;
  open_.pop_back();
  if (current_ == &call) {
    current_ = nullptr;
  }
  context_.calls.release(call);
  if (open_.size() == lasting_) {
    tell_use();
  }
}

// What the observer is told of a call, once.
void Session::record(Call& call, const CallFailure* failure, const CallFacts& facts) {
  const std::int64_t now = context_.clock.monotonic_ns();
  const bool handled = call.phase == Call::Phase::kHandled;
  call.phase = Call::Phase::kAnswered;
  CallRecord record;
  record.method = call.method;
  record.taken = call.taken;
  record.finished_unix_us = (now + context_.clock.unix_offset_ns()) / 1000;
  // Refused by its headers alone: it never ran.
  record.duration_ns = call.running ? now - call.started_ns : 0;
  // Of a request that no handler got, what there was of it.
  record.request_bytes =
      handled || call.request_bytes > 0 ? call.request_bytes : call.received_bytes;
  record.response_bytes = call.response_bytes;
  record.profile.assign(facts.profile);
  record.correlation_id.assign(facts.correlation_id);
  record.profile_number = facts.profile_number;
  // Of a call that no handler has begun.
  std::optional<SpanFacts> headers_alone;
  if (context_.shared.traced) {
    if (!facts.span) {
      headers_alone.emplace().parent = call.trace.parsed();
    }
    record.span = facts.span ? &*facts.span : &*headers_alone;
    if (const auto& parent = record.span->parent; parent && parent->sampled()) {
      record.trace_id.assign(parent->trace());
    }
  }
  if (call.method == CallRecord::kUnknownMethod) {
    record.path.assign(call.path);
  }
  std::string_view cause;
  if (failure != nullptr) {
    record.status = failure->status;
    record.code = failure->code;
    record.core_fault = failure->core_fault;
    record.incident.assign(failure->incident);
    cause = failure->cause;
  }
  context_.shared.totals.finished_calls.fetch_add(1, std::memory_order_relaxed);
  context_.shared.observer.finished(record, cause);
}

}  // namespace cryptobroker
