#include "native/http2/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "native/http2/frame_header.h"
#include "native/http2/session_callbacks.h"
#include "native/http2/session_limits.h"
#include "native/http2/wipe.h"

namespace cryptobroker {

std::unique_ptr<Session> Session::create(SessionContext& context, SessionOwner& owner) {
  std::unique_ptr<Session> session(new Session(context, owner));
  return session->start() ? std::move(session) : nullptr;
}

Session::Session(SessionContext& context, SessionOwner& owner)
    : context_(context),
      owner_(owner),
      header_reader_(context.shared.methods, context.shared.limits, context.shared.traced),
      resets_(kResetBurst, kResetsPerSecond, context.clock),
      overhead_(kOverheadBurst, kOverheadPerSecond, context.clock) {}

Session::~Session() {
  abandon();
  nghttp2_session_del(session_);
}

void Session::abandon() {
  terminated_ = true;
  broken_ = true;
  disarm();
  // nghttp2 is not asked again: its streams name calls that are gone.
  while (!open_.empty()) {
    close(*open_.back());
  }
}

bool Session::start() {
  session_ = new_server_session(this);
  if (session_ == nullptr || !header_packer_.start()) {
    return false;
  }
  const Http2Limits& limits = context_.shared.limits;
  // A whole request of the largest size arrives without waiting for a window to open, and several
  // of them on one connection; what they may hold together is bounded by max_pending_bytes.
  constexpr std::size_t kLargestWindow = 0x7fffffff;
  const std::size_t window = std::min(limits.hard_message_bytes + 64 * 1024, kLargestWindow);
  const std::size_t shared_window = std::min(4 * window, kLargestWindow);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
       static_cast<std::uint32_t>(limits.max_concurrent_streams)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(limits.max_header_list_bytes)},
      // Nothing here is to be reordered, and the tree of RFC 7540 costs time for every stream.
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  if (nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) != 0 ||
      nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                            static_cast<std::int32_t>(shared_window)) != 0) {
    return false;
  }
  context_.timers.arm(*this, context_.clock.monotonic_ns() + nanoseconds(limits.preface_timeout));
  return true;
}

bool Session::receive(MutableBytes bytes) {
  if (terminated_) {
    return false;
  }
  const nghttp2_ssize used = nghttp2_session_mem_recv2(session_, bytes.data(), bytes.size());
  if (received_secret_) {
    wipe(bytes);
    received_secret_ = false;
  }
  watch_headers();
  switch (used) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      terminate(NGHTTP2_PROTOCOL_ERROR, "a connection did not speak HTTP/2");
      break;
    case NGHTTP2_ERR_FLOODED:
      terminate(NGHTTP2_ENHANCE_YOUR_CALM, kTooManyFrames);
      break;
    default:
      if (used < 0) {
        terminate(NGHTTP2_INTERNAL_ERROR, "a connection could not be read");
      }
  }
  return !terminated_ && !ended();
}

// A header block that is not whole yet has to be so in time.
void Session::watch_headers() {
  if (current_ != nullptr && current_->phase == Call::Phase::kHeaders && !current_->armed()) {
    context_.timers.arm(*current_,
                        current_->started_ns + nanoseconds(context_.shared.limits.request_timeout));
  }
}

Bytes Session::pending_output() {
  if (broken_) {
    return {};
  }
  if (backlog() > 0) {
    return Bytes(backlog_).subspan(backlog_offset_);
  }
  std::vector<std::uint8_t>& output = context_.output;
  output.clear();
  while (output.size() < kOutputBatch && !broken_) {
    const std::uint8_t* frame = nullptr;
    const nghttp2_ssize size = nghttp2_session_mem_send2(session_, &frame);
    if (size <= 0) {
      if (size < 0) {
        broken_ = true;
      }
      break;
    }
    // In place of those it was on_before_headers() that wrote one.
    if (frame[kFrameType] != NGHTTP2_HEADERS) {
      output.insert(output.end(), frame, frame + size);
    }
  }
  return output;
}

void Session::consume_output(std::size_t size) {
  if (backlog() == 0) {
    const Bytes rest = Bytes(context_.output).subspan(size);
    backlog_.assign(rest.begin(), rest.end());
    backlog_offset_ = 0;
    return;
  }
  backlog_offset_ += size;
  if (backlog_offset_ == backlog_.size()) {
    backlog_ = {};
    backlog_offset_ = 0;
  }
}

bool Session::ended() const {
  if (broken_) {
    return true;
  }
  if (backlog() > 0 || nghttp2_session_want_write(session_) != 0) {
    return false;
  }
  // To nghttp2 the first step of a drain is the end already.
  return terminated_ || (drain_ != Drain::kAnnounced && nghttp2_session_want_read(session_) == 0) ||
         (drain_ == Drain::kFinished && open_.empty());
}

void Session::drain(std::int64_t grace_ns) {
  if (drain_ != Drain::kNo || terminated_) {
    return;
  }
  drain_ = Drain::kAnnounced;
  if (!preface_seen_) {
    terminate(NGHTTP2_NO_ERROR, {});
    return;
  }
  // Whoever answers the PING has seen the notice before it.
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  context_.timers.arm(*this, context_.clock.monotonic_ns() + grace_ns);
}

void Session::finish_drain() {
  disarm();
  drain_ = Drain::kFinished;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

void Session::terminate(std::uint32_t error_code, std::string_view fault) {
  if (terminated_) {
    return;
  }
  terminated_ = true;
  disarm();
  if (!fault.empty()) {
    context_.shared.faults.report(fault, context_.clock.monotonic_ns());
  }
  if (nghttp2_session_terminate_session(session_, error_code) != 0) {
    broken_ = true;
  }
}

void Session::expired() {
  if (!preface_seen_) {
    terminate(NGHTTP2_NO_ERROR, "a connection did not begin to speak HTTP/2 in time");
  } else {
    finish_drain();
  }
  owner_.session_changed();
}

}  // namespace cryptobroker
