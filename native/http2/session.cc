#include "native/http2/session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "native/http2/session_callbacks.h"
#include "native/http2/wipe.h"

namespace cryptobroker {
namespace {

// Frames are put together up to about this much, then written.
constexpr std::size_t kOutputBatch = 256 * 1024;
// Frames that carry no message: this many at once, and in a second. Every call allows some more,
// for there are clients that send a PING along with each (grpc-go's bandwidth estimator).
constexpr std::int64_t kOverheadBurst = 2000;
constexpr std::int64_t kOverheadPerSecond = 500;
constexpr std::int64_t kOverheadPerCall = 8;
constexpr std::string_view kTooManyFrames = "a connection sent too many frames without a message";
// As HTTP/2 counts a header (RFC 9113 §6.5.2).
constexpr std::size_t kHeaderOverhead = 32;

std::int64_t nanoseconds(std::chrono::milliseconds duration) {
  return std::chrono::nanoseconds(duration).count();
}

ssize_t read_messages(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
                      std::uint32_t* flags, nghttp2_data_source* source, void*) {
  Call& call = *static_cast<Call*>(source->ptr);
  return call.session->read_reply(call, most, *flags);
}

CallFailure failure_of(GrpcStatus status, std::string_view code, std::string details) {
  CallFailure failure;
  failure.status = status;
  failure.code = code;
  failure.details = std::move(details);
  return failure;
}

}  // namespace

std::unique_ptr<Session> Session::create(SessionContext& context, SessionOwner& owner) {
  std::unique_ptr<Session> session(new Session(context, owner));
  return session->start() ? std::move(session) : nullptr;
}

Session::Session(SessionContext& context, SessionOwner& owner)
    : context_(context),
      owner_(owner),
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
  if (session_ == nullptr) {
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
  const ssize_t used = nghttp2_session_mem_recv(session_, bytes.data(), bytes.size());
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
  while (output.size() < kOutputBatch) {
    const std::uint8_t* frame = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &frame);
    if (size <= 0) {
      if (size < 0) {
        broken_ = true;
      }
      break;
    }
    output.insert(output.end(), frame, frame + size);
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

// Frames ------------------------------------------------------------------------------------------

void Session::on_begin_frame(const nghttp2_frame_hd& header) {
  switch (header.type) {
    case NGHTTP2_HEADERS:
      overhead_.credit(kOverheadPerCall);
      return;
    case NGHTTP2_CONTINUATION:
    case NGHTTP2_RST_STREAM:
      return;
    case NGHTTP2_DATA:
      if (header.length > 0 || (header.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        return;
      }
      break;
    default:
      break;  // frames of unknown types never come here: to pass over them is all the work they are
  }
  if (!overhead_.take()) {
    terminate(NGHTTP2_ENHANCE_YOUR_CALM, kTooManyFrames);
  }
}

void Session::on_begin_headers(const nghttp2_frame& frame) {
  header_list_bytes_ = 0;
  header_fields_ = 0;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) {
    return;
  }
  Call& call = context_.calls.acquire();
  call.session = this;
  call.stream_id = frame.hd.stream_id;
  call.started_ns = context_.clock.monotonic_ns();
  call.session_slot = open_.size();
  open_.push_back(&call);
  current_ = &call;
  nghttp2_session_set_stream_user_data(session_, call.stream_id, &call);
  if (open_.size() == 1) {
    owner_.session_busy(true);
  }
}

bool Session::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  if (!count_header(frame, name.size() + value.size())) {
    return false;
  }
  Call* call = find(frame.hd.stream_id);
  if (call == nullptr || call->phase != Call::Phase::kHeaders) {
    return true;
  }
  if (name == ":path") {
    call->method = context_.shared.methods.find(value);
    if (call->method == CallRecord::kUnknownMethod) {
      call->path.assign(value);
    }
  } else {
    call->head.read(name, value);
  }
  return true;
}

bool Session::count_header(const nghttp2_frame& frame, std::size_t size) {
  Call* call = find(frame.hd.stream_id);
  if (call == nullptr || call->reset) {
    return true;
  }
  const Http2Limits& limits = context_.shared.limits;
  header_list_bytes_ += size + kHeaderOverhead;
  if (++header_fields_ > limits.max_header_fields ||
      header_list_bytes_ > limits.max_header_list_bytes) {
    cut_off(*call, NGHTTP2_ENHANCE_YOUR_CALM, "a request had too many header bytes");
    return false;
  }
  return true;
}

void Session::on_data(std::int32_t stream_id, Bytes chunk) {
  Call* call = find(stream_id);
  if (call == nullptr) {
    return;
  }
  received_secret_ |= call->secret;
  call->received_bytes += static_cast<std::uint32_t>(chunk.size());
  const bool bidirectional = call->kind == MethodKind::kBidirectional;
  while (!chunk.empty() && (call->phase == Call::Phase::kReceiving ||
                            (bidirectional && call->phase == Call::Phase::kHandled))) {
    MessageReader& reader = call->has_message ? call->surplus : call->request;
    const MessageReader::Step step = reader.read(chunk);
    count_pending(*call);
    if (call->reset) {
      return;
    }
    if (step == MessageReader::Step::kTooLarge) {
      fail(*call,
           failure_of(GrpcStatus::kResourceExhausted, {},
                      "Received message larger than max (" + std::to_string(reader.length()) +
                          " vs " + std::to_string(context_.shared.limits.hard_message_bytes) + ")"),
           {});
    } else if (step == MessageReader::Step::kMessage) {
      message_complete(*call);
    }
  }
  if (bidirectional) {
    arm(*call, context_.clock.monotonic_ns());
  }
}

void Session::on_frame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      Call* call = find(frame.hd.stream_id);
      if (call == nullptr || call->reset) {
        return;
      }
      call->half_closed = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      if (call->phase == Call::Phase::kHeaders) {
        admit(*call);
      }
      if (call->half_closed) {
        end_of_request(*call);
      }
      return;
    }
    case NGHTTP2_RST_STREAM:
      if (!resets_.take()) {
        terminate(NGHTTP2_ENHANCE_YOUR_CALM, "a connection reset too many calls");
      }
      return;
    case NGHTTP2_SETTINGS:
      if (!preface_seen_) {
        preface_seen_ = true;
        disarm();
      }
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 && drain_ == Drain::kAnnounced) {
        finish_drain();
      }
      return;
    default:
      return;
  }
}

void Session::on_frame_sent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: {
      if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        return;
      }
      // The answer is complete and the request is not: the rest is not wanted (RFC 9113 §8.1).
      const Call* call = find(frame.hd.stream_id);
      if (call != nullptr && !call->half_closed) {
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id,
                                  NGHTTP2_NO_ERROR);
      }
      return;
    }
    case NGHTTP2_RST_STREAM:
      // A client can make us reset its streams as well as do it itself.
      if (frame.rst_stream.error_code != NGHTTP2_NO_ERROR && !resets_.take()) {
        terminate(NGHTTP2_ENHANCE_YOUR_CALM, "a connection made us reset too many calls");
      }
      return;
    case NGHTTP2_GOAWAY:
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR && !terminated_) {
        context_.shared.faults.report("a connection broke the rules of HTTP/2",
                                      context_.clock.monotonic_ns());
      }
      return;
    default:
      return;
  }
}

void Session::on_stream_closed(std::int32_t stream_id) {
  Call* call = find(stream_id);
  if (call != nullptr) {
    close(*call);
  }
}

Call* Session::find(std::int32_t stream_id) {
  if (current_ == nullptr || current_->stream_id != stream_id) {
    current_ = static_cast<Call*>(nghttp2_session_get_stream_user_data(session_, stream_id));
  }
  return current_;
}

// Requests ----------------------------------------------------------------------------------------

void Session::admit(Call& call) {
  const RequestHead& head = call.head;
  if (!head.grpc_content) {
    call.phase = Call::Phase::kAnswered;
    submit(call, context_.headers.unsupported_media_type(), false);
    return;
  }
  call.phase = Call::Phase::kReceiving;
  call.disarm();
  if (call.method == CallRecord::kUnknownMethod) {
    fail(call,
         failure_of(GrpcStatus::kUnimplemented, "METHOD_UNKNOWN",
                    "unknown method " + printable_path(call.path)),
         {});
    return;
  }
  if (!head.identity) {
    fail(call,
         failure_of(GrpcStatus::kUnimplemented, "ENCODING_UNSUPPORTED",
                    "compressed messages are not accepted"),
         {});
    return;
  }
  if (!head.timeout_valid) {
    fail(
        call,
        failure_of(GrpcStatus::kInvalidArgument, "INPUT_INVALID", "grpc-timeout: is not a timeout"),
        {});
    return;
  }
  const Http2Method& method = context_.shared.methods[call.method];
  const Http2Limits& limits = context_.shared.limits;
  call.kind = method.kind;
  call.secret = method.secret;
  call.deadline_ns = head.timeout_ns == kNoTimeout ? kNoTimeout : call.started_ns + head.timeout_ns;
  call.request.begin({limits.max_request_bytes, limits.hard_message_bytes, method.secret});
  call.surplus.begin({0, limits.hard_message_bytes, false});
  call.running = true;
  ++running_;
  context_.shared.totals.running_calls.fetch_add(1, std::memory_order_relaxed);
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
    fail(call,
         failure_of(GrpcStatus::kUnimplemented, {},
                    "Received a second request message for server streaming method " +
                        std::string(path_of(call))),
         {});
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
  fail(call,
       failure_of(
           GrpcStatus::kUnimplemented, {},
           "Received no request message for server streaming method " + std::string(path_of(call))),
       {});
}

void Session::dispatch(Call& call) {
  const Http2Limits& limits = context_.shared.limits;
  release_pending(call);
  call.request_bytes += call.request.length();
  if (call.request.compressed()) {
    fail(call,
         failure_of(GrpcStatus::kUnimplemented, "ENCODING_UNSUPPORTED",
                    "compressed messages are not accepted"),
         {});
    return;
  }
  if (!call.request.kept()) {
    fail(call,
         failure_of(GrpcStatus::kInvalidArgument, "MESSAGE_TOO_LARGE",
                    "message: too large (max " + std::to_string(limits.max_request_bytes) + ")"),
         {});
    return;
  }
  CallStart start{call.token, call.method, 0};
  if (call.deadline_ns != kNoTimeout) {
    if (context_.clock.monotonic_ns() >= call.deadline_ns) {
      end_by_deadline(call, "Deadline exceeded");
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
  answer.facts.profile.clear();
  answer.facts.correlation_id.clear();
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

// Answers -----------------------------------------------------------------------------------------

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
    submit(call, context_.headers.success_only(), false);
  } else {
    submit(call, context_.headers.response(), true);
  }
}

void Session::fail(Call& call, const CallFailure& failure, const CallFacts& facts) {
  forget_handler(call);
  record(call, &failure, facts);
  release_pending(call);
  call.request.clear();
  call.ending = true;
  if (call.responding) {
    call.failure = failure;
    resume(call);
  } else {
    submit(call, context_.headers.trailers_only(failure), false);
  }
}

void Session::send(Call& call, std::vector<std::uint8_t> framed) {
  if (call.phase != Call::Phase::kHandled || !queue_reply(call, framed)) {
    return;
  }
  if (call.responding) {
    resume(call);
  } else {
    submit(call, context_.headers.response(), true);
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
  end_by_deadline(call, late ? "Deadline exceeded" : "the request did not arrive in time");
  owner_.session_changed();
}

void Session::end_by_deadline(Call& call, std::string_view details) {
  if (call.tracked) {
    context_.shared.methods[call.method].handler->on_cancelled(call.token,
                                                               CancelReason::kDeadlineExceeded);
  }
  fail(call, failure_of(GrpcStatus::kDeadlineExceeded, "DEADLINE_EXCEEDED", std::string(details)),
       call.facts);
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
  CallFailure cancelled =
      failure_of(GrpcStatus::kCancelled, "CANCELLED", "the caller cancelled the call");
  cancelled.cause = cause;
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
  if (call.running) {
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
  if (open_.empty()) {
    owner_.session_busy(false);
  }
}

bool Session::queue_reply(Call& call, std::vector<std::uint8_t>& framed) {
  const Http2Limits& limits = context_.shared.limits;
  const std::size_t size = framed.size();
  std::atomic<std::size_t>& total = context_.shared.totals.unsent_bytes;
  if (unsent_ + size > limits.max_unsent_bytes ||
      total.load(std::memory_order_relaxed) + size > limits.max_pending_bytes ||
      !fill_message_prefix(framed)) {
    cut_off(call, NGHTTP2_ENHANCE_YOUR_CALM, "a client did not read its replies");
    return false;
  }
  unsent_ += size;
  total.fetch_add(size, std::memory_order_relaxed);
  call.response_bytes += static_cast<std::uint32_t>(size - kMessagePrefix);
  call.replies.push(std::move(framed));
  return true;
}

void Session::submit(Call& call, ResponseHeaders::Block block, bool with_messages) {
  call.responding = true;
  nghttp2_data_provider messages{};
  messages.source.ptr = &call;
  messages.read_callback = read_messages;
  if (nghttp2_submit_response(session_, call.stream_id, block.data(), block.size(),
                              with_messages ? &messages : nullptr) != 0) {
    broken_ = true;
  }
}

void Session::resume(Call& call) {
  if (call.deferred) {
    call.deferred = false;
    nghttp2_session_resume_data(session_, call.stream_id);
  }
}

ssize_t Session::read_reply(Call& call, std::size_t most, std::uint32_t& flags) {
  if (call.replies.empty() && !call.ending) {
    call.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t size = std::min(most, call.replies.contiguous());
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (size == call.replies.size() && call.ending) {
    flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    submit_trailers(call);
  }
  return static_cast<ssize_t>(size);
}

void Session::submit_trailers(Call& call) {
  const ResponseHeaders::Block block = call.failure.has_value()
                                           ? context_.headers.failure(*call.failure)
                                           : context_.headers.success();
  if (nghttp2_submit_trailer(session_, call.stream_id, block.data(), block.size()) != 0) {
    broken_ = true;
  }
}

int Session::send_data(Call& call, const std::uint8_t* frame_header, std::size_t size) {
  constexpr std::size_t kFrameHeader = 9;
  std::vector<std::uint8_t>& output = context_.output;
  if (output.size() >= kOutputBatch) {
    return NGHTTP2_ERR_WOULDBLOCK;
  }
  const Bytes payload = call.replies.front(size);
  output.insert(output.end(), frame_header, frame_header + kFrameHeader);
  output.insert(output.end(), payload.begin(), payload.end());
  call.replies.pop(size);
  unsent_ -= size;
  context_.shared.totals.unsent_bytes.fetch_sub(size, std::memory_order_relaxed);
  // Every so many bytes a client sends a window update.
  overhead_.credit(1 + static_cast<std::int64_t>(size / 1024));
  if (call.kind != MethodKind::kUnary && context_.shared.streams.sent(call.token, size) &&
      call.tracked) {
    context_.shared.methods[call.method].handler->on_writable(call.token);
  }
  return 0;
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

std::string_view Session::path_of(const Call& call) const {
  return call.method == CallRecord::kUnknownMethod ? std::string_view(call.path)
                                                   : context_.shared.methods[call.method].path;
}

}  // namespace cryptobroker
