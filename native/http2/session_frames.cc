// What a session does with the frames that come and go.
#include "native/http2/refusals.h"
#include "native/http2/session.h"
#include "native/http2/session_limits.h"

namespace cryptobroker {
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
      break;  // those of unknown types among them
  }
  if (!overhead_.take()) {
    terminate(NGHTTP2_ENHANCE_YOUR_CALM, kTooManyFrames);
  }
}

void Session::on_begin_headers(const nghttp2_frame& frame) {
  const bool of_request = frame.headers.cat == NGHTTP2_HCAT_REQUEST;
  header_reader_.begin(of_request);
  if (!of_request) {
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
  if (open_.size() == lasting_ + 1) {
    tell_use();
  }
}

bool Session::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Call* call = find(frame.hd.stream_id);
  if (call == nullptr || call->reset) {
    return true;
  }
  switch (frame.headers.cat == NGHTTP2_HCAT_REQUEST
              ? header_reader_.read(name, value)
              : header_reader_.read_trailer(call->rules, name, value)) {
    case HeaderReader::Verdict::kFine:
      return true;
    case HeaderReader::Verdict::kMalformed:
      refuse(*call);
      return false;
    case HeaderReader::Verdict::kTooLong:
      cut_off(*call, NGHTTP2_ENHANCE_YOUR_CALM, "a request had too many header bytes");
      return false;
  }
  return false;
}

void Session::on_data(std::int32_t stream_id, Bytes chunk) {
  Call* call = find(stream_id);
  if (call == nullptr) {
    return;
  }
  received_secret_ |= call->secret;
  if (call->reset) {
    return;
  }
  if (!call->rules.count_body(chunk.size())) {
    refuse(*call);
    return;
  }
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
           refusals::far_too_large(reader.length(), context_.shared.limits.hard_message_bytes), {});
    } else if (step == MessageReader::Step::kMessage) {
      message_complete(*call);
    }
  }
  if (bidirectional) {
    arm(*call, context_.clock.monotonic_ns());
  }
}

void Session::take_headers(Call& call) {
  const RequestHeaders& headers = header_reader_.finish();
  call.rules = headers.rules;
  call.head = headers.head;
  call.method = headers.method;
  if (call.method == CallRecord::kUnknownMethod) {
    call.path = headers.path;
  }
  if (context_.shared.traced) {
    call.trace = headers.trace;
  }
}

bool Session::follows_rules(Call& call, const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS) {
    const bool trailers = frame.headers.cat != NGHTTP2_HCAT_REQUEST;
    if (trailers ? !ends : !call.rules.begin_body()) {
      return false;
    }
  }
  return !ends || call.rules.body_is_whole();
}

void Session::limit_header_table(const nghttp2_settings& settings) {
  for (std::size_t i = 0; i < settings.niv; ++i) {
    if (settings.iv[i].settings_id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE) {
      header_packer_.limit_table(settings.iv[i].value);
    }
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
      if (call->phase == Call::Phase::kHeaders) {
        take_headers(*call);
      }
      if (!follows_rules(*call, frame)) {
        refuse(*call);
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
      limit_header_table(frame.settings);
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

// The connection ends by it (RFC 9113 §5.4.1).
void Session::on_invalid_frame(const nghttp2_frame& frame) {
  // There are clients that name one of their own streams in the GOAWAY they close with, although it
  // is ours that it speaks of (§6.8). They go anyway: nobody needs to look into it.
  client_leaves_ |= frame.hd.type == NGHTTP2_GOAWAY;
}

void Session::on_frame_sent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
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
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR && !terminated_ && !client_leaves_) {
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

}  // namespace cryptobroker
