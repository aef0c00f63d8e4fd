// A call from its headers to its handler.
#include <algorithm>
#include <utility>

#include "native/http2/refusals.h"
#include "native/http2/session.h"
#include "native/http2/session_limits.h"

namespace cryptobroker {

void Session::admit(Call& call) {
  const RequestHead& head = call.head;
  if (!head.grpc_content) {
    call.phase = Call::Phase::kAnswered;
    respond(call, Call::Opening::kNotGrpc);
    return;
  }
  call.phase = Call::Phase::kReceiving;
  call.disarm();
  if (call.method == CallRecord::kUnknownMethod) {
    fail(call, refusals::unknown_method(call.path), {});
    return;
  }
  if (!head.identity) {
    fail(call, refusals::compressed(), {});
    return;
  }
  if (!head.timeout_valid) {
    fail(call, refusals::bad_timeout(), {});
    return;
  }
  const Http2Method& method = context_.shared.methods[call.method];
  const Http2Limits& limits = context_.shared.limits;
  call.kind = method.kind;
  if (call.kind != MethodKind::kUnary && !count_stream()) {
    fail(call, refusals::too_many_streams(), {});
    return;
  }
  call.secret = method.secret;
  call.deadline_ns = head.timeout_ns == kNoTimeout ? kNoTimeout : call.started_ns + head.timeout_ns;
  call.request.begin({limits.max_request_bytes, limits.hard_message_bytes, method.secret});
  call.surplus.begin({0, limits.hard_message_bytes, false});
  call.running = true;
  ++running_;
  context_.shared.totals.running_calls.fetch_add(1, std::memory_order_relaxed);
  if (call.kind == MethodKind::kBidirectional) {
    let_last(call);
  }
  if (!call.half_closed) {
    arm(call, call.started_ns);
  }
}

void Session::message_complete(Call& call) {
  if (call.kind == MethodKind::kBidirectional) {
    dispatch(call);
    call.request.next();
    return;
  }
  if (call.has_message) {
    fail(call, refusals::second_message(path_of(call)), {});
    return;
  }
  call.has_message = true;
}

void Session::end_of_request(Call& call) {
  if (call.kind == MethodKind::kBidirectional) {
    if (call.tracked) {
      context_.shared.methods[call.method].handler->on_half_closed(call.token);
    } else if (call.phase == Call::Phase::kReceiving) {
      Answer& nothing = context_.answer;
      nothing = {};
      succeed(call, nothing);
    }
    return;
  }
  if (call.phase != Call::Phase::kReceiving) {
    return;
  }
  if (call.has_message) {
    dispatch(call);
    return;
  }
  fail(call, refusals::no_message(path_of(call)), {});
}

void Session::dispatch(Call& call) {
  const Http2Limits& limits = context_.shared.limits;
  release_pending(call);
  call.request_bytes += call.request.length();
  if (call.request.compressed()) {
    fail(call, refusals::compressed(), {});
    return;
  }
  if (!call.request.kept()) {
    fail(call, refusals::too_large(limits.max_request_bytes), {});
    return;
  }
  CallStart start{call.token, call.method, 0, context_.shared.traced ? &call.trace : nullptr};
  if (call.deadline_ns != kNoTimeout) {
    if (context_.clock.monotonic_ns() >= call.deadline_ns) {
      end_by_deadline(call, refusals::deadline_exceeded());
      return;
    }
    start.deadline_unix_ms = (call.deadline_ns + context_.clock.unix_offset_ns()) / 1'000'000;
  }
  const Http2Method& method = context_.shared.methods[call.method];
  // Before the handler knows the token: it may send from another thread while on_request() runs.
  if (!call.tracked && call.kind != MethodKind::kUnary) {
    context_.shared.streams.open(call.token);
  }
  call.phase = Call::Phase::kHandled;
  Answer& answer = context_.answer;
  answer.framed = std::move(call.spare);
  answer.framed.assign(kMessagePrefix, 0);
  answer.failure.reset();
  answer.facts.clear();
  if (context_.shared.traced) {
    answer.facts.span.emplace().parent = call.trace.parsed();
  }
  const bool answered = method.handler->on_request(start, call.request.message(), answer);
  call.request.clear();
  if (answered) {
    this->answer(call, answer);
    return;
  }
  call.taken = true;
  call.facts = answer.facts;
  if (!call.tracked) {
    context_.calls.track(call);
    arm(call, call.started_ns);
  }
  if (call.kind != MethodKind::kUnary) {
    let_last(call);
  }
}

bool Session::count_stream() {
  std::atomic<std::size_t>& total = context_.shared.totals.streams;
  if (total.fetch_add(1, std::memory_order_relaxed) < context_.shared.limits.max_streams) {
    return true;
  }
  total.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

// It may stay from now on for as long as its client likes and its place is not needed.
void Session::let_last(Call& call) {
  if (!call.lasting) {
    call.lasting = true;
    ++lasting_;
  }
  if (open_.size() == lasting_) {
    tell_use();
  }
}

void Session::tell_use() {
  owner_.session_used(open_.size() > lasting_ ? SessionUse::kCalls
                      : lasting_ > 0          ? SessionUse::kStreams
                                              : SessionUse::kNone);
}

// For its deadline, and for the rest of a request that is coming in.
void Session::arm(Call& call, std::int64_t now_ns) {
  std::int64_t at = call.deadline_ns == kNoTimeout ? TimerQueue::kNever : call.deadline_ns;
  const bool arriving = call.kind == MethodKind::kBidirectional
                            ? call.request.begun()
                            : call.phase == Call::Phase::kReceiving;
  if (arriving && !call.half_closed) {
    at = std::min(at, now_ns + nanoseconds(context_.shared.limits.request_timeout));
  }
  if (at == TimerQueue::kNever || call.phase == Call::Phase::kAnswered) {
    call.disarm();
  } else {
    context_.timers.arm(call, at);
  }
}

// Counts the memory that a request takes while it is not whole.
void Session::count_pending(Call& call) {
  const std::size_t held = call.request.memory();
  if (held <= call.pending_bytes) {
    return;
  }
  const std::size_t more = held - call.pending_bytes;
  call.pending_bytes = held;
  std::atomic<std::size_t>& total = context_.shared.totals.pending_bytes;
  if (total.fetch_add(more, std::memory_order_relaxed) + more >
      context_.shared.limits.max_pending_bytes) {
    cut_off(call, NGHTTP2_ENHANCE_YOUR_CALM, "unfinished requests held too much memory");
  }
}

void Session::release_pending(Call& call) {
  if (call.pending_bytes > 0) {
    context_.shared.totals.pending_bytes.fetch_sub(call.pending_bytes, std::memory_order_relaxed);
    call.pending_bytes = 0;
  }
}

void Session::call_expired(Call& call) {
  if (call.phase == Call::Phase::kHeaders) {
    // Nothing can be said of one call while its headers are under way (RFC 9113 §4.3).
    terminate(NGHTTP2_ENHANCE_YOUR_CALM, "the headers of a request did not arrive in time");
    owner_.session_changed();
    return;
  }
  const bool late =
      call.deadline_ns != kNoTimeout && context_.clock.monotonic_ns() >= call.deadline_ns;
  end_by_deadline(call, late ? refusals::deadline_exceeded() : refusals::slow_request());
  owner_.session_changed();
}

void Session::end_by_deadline(Call& call, const CallFailure& failure) {
  if (call.tracked) {
    context_.shared.methods[call.method].handler->on_cancelled(call.token,
                                                               CancelReason::kDeadlineExceeded);
  }
  fail(call, failure, call.facts);
}

std::string_view Session::path_of(const Call& call) const {
  return call.method == CallRecord::kUnknownMethod ? std::string_view(call.path)
                                                   : context_.shared.methods[call.method].path;
}

}  // namespace cryptobroker
