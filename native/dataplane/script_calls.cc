#include "native/dataplane/script_calls.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "native/dataplane/queue_full.h"
#include "native/http2/trace_headers.h"
#include "native/http2/wipe.h"

namespace cryptobroker {
namespace {

// What a script can do at a stretch without keeping its other work waiting.
constexpr std::size_t kBatch = 256;

ScriptEvent event_of(ScriptEvent::Kind kind, CallToken token) {
  ScriptEvent event;
  event.kind = kind;
  event.token = token;
  return event;
}

// Takes the message away.
ScriptEvent request_event(const CallStart& call, std::vector<std::uint8_t>& message) {
  ScriptEvent event = event_of(ScriptEvent::Kind::kRequest, call.token);
  event.method = call.method;
  event.deadline_unix_ms = call.deadline_unix_ms;
  event.message = std::move(message);
  if (call.trace != nullptr) {
    event.trace_parent = call.trace->parent;
    event.trace_state = call.trace->state;
  }
  return event;
}

}  // namespace

ScriptCalls::ScriptCalls(Options options) : options_(std::move(options)) {}

ScriptCalls::~ScriptCalls() {
  for (ScriptEvent& event : events_) {
    if (event.kind == ScriptEvent::Kind::kRequest && options_.methods[event.method].secret) {
      wipe(event.message);
    }
  }
}

bool ScriptCalls::on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                             Answer& answer) {
  const std::size_t size = message.size();
  bool full = false;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    full = requests_ >= options_.max_requests || size > options_.max_request_bytes - request_bytes_;
    if (!full) {
      ++requests_;
      request_bytes_ += size;
      wake = push(request_event(call, message));
    } else if (options_.methods[call.method].kind == MethodKind::kBidirectional) {
      // The script may have taken earlier messages of this call.
      wake = push(event_of(ScriptEvent::Kind::kCancelled, call.token));
    }
  }
  if (wake) {
    options_.wake();
  }
  if (full) {
    answer.failure = queue_full();
  }
  return full;
}

void ScriptCalls::on_half_closed(CallToken token) { add(ScriptEvent::Kind::kHalfClosed, token); }

void ScriptCalls::on_cancelled(CallToken token, CancelReason reason) {
  add(reason == CancelReason::kDeadlineExceeded ? ScriptEvent::Kind::kDeadlineExceeded
                                                : ScriptEvent::Kind::kCancelled,
      token);
}

void ScriptCalls::on_writable(CallToken token) { add(ScriptEvent::Kind::kWritable, token); }

void ScriptCalls::add(ScriptEvent::Kind kind, CallToken token) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = push(event_of(kind, token));
  }
  if (wake) {
    options_.wake();
  }
}

bool ScriptCalls::push(ScriptEvent event) {
  events_.push_back(std::move(event));
  return !std::exchange(signalled_, true);
}

std::vector<ScriptEvent> ScriptCalls::take_events() {
  std::vector<ScriptEvent> taken;
  {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<std::ptrdiff_t>(std::min(events_.size(), kBatch));
    const auto end = events_.begin() + count;
    taken.assign(std::make_move_iterator(events_.begin()), std::make_move_iterator(end));
    events_.erase(events_.begin(), end);
    for (const ScriptEvent& event : taken) {
      if (event.kind == ScriptEvent::Kind::kRequest) {
        --requests_;
        request_bytes_ -= event.message.size();
      }
    }
    signalled_ = !events_.empty();
    if (!signalled_) {
      return taken;
    }
  }
  // The script need not take the rest at once.
  options_.wake();
  return taken;
}

}  // namespace cryptobroker
