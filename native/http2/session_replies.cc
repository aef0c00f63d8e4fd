// Responses on their way into frames. nghttp2 keeps the streams, their order and their windows; of
// header lists it hears only that there is one. Its own HEADERS frame is empty, and one of ours
// goes out in its place; trailers it takes for the end of the last DATA frame, which spares it
// another frame to queue.
#include <algorithm>
#include <optional>
#include <utility>

#include "native/http2/frame_header.h"
#include "native/http2/session.h"
#include "native/http2/session_limits.h"

namespace cryptobroker {
namespace {

nghttp2_ssize read_messages(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
                            std::uint32_t* flags, nghttp2_data_source* source, void*) {
  Call& call = *static_cast<Call*>(source->ptr);
  return call.session->read_reply(call, most, *flags);
}

}  // namespace

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

void Session::respond(Call& call, Call::Opening opening) {
  call.responding = true;
  call.opening = opening;
  nghttp2_data_provider2 messages{};
  messages.source.ptr = &call;
  messages.read_callback = read_messages;
  if (nghttp2_submit_response2(session_, call.stream_id, nullptr, 0,
                               opening == Call::Opening::kMessages ? &messages : nullptr) != 0) {
    broken_ = true;
  }
}

void Session::resume(Call& call) {
  if (call.deferred) {
    call.deferred = false;
    nghttp2_session_resume_data(session_, call.stream_id);
  }
}

nghttp2_ssize Session::read_reply(Call& call, std::size_t most, std::uint32_t& flags) {
  if (call.replies.empty() && !call.ending) {
    call.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t size = std::min(most, call.replies.contiguous());
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (size == call.replies.size() && call.ending) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<nghttp2_ssize>(size);
}

// nghttp2 has taken its frame from the queue: what belongs into that goes out now.
void Session::on_before_headers(const nghttp2_frame& frame) {
  const Call* call = find(frame.hd.stream_id);
  if (call == nullptr) {
    broken_ = true;
    return;
  }
  send_headers(frame.hd.stream_id, frame.hd.flags, opening_of(*call));
}

HeaderList Session::opening_of(const Call& call) {
  ResponseHeaders& headers = context_.headers;
  switch (call.opening) {
    case Call::Opening::kMessages:
      return headers.response();
    case Call::Opening::kSuccess:
      return headers.success_only();
    case Call::Opening::kFailure:
      return headers.trailers_only(*call.failure);
    case Call::Opening::kNotGrpc:
      return headers.unsupported_media_type();
  }
  return {};
}

void Session::send_headers(std::int32_t stream_id, std::uint8_t flags, const HeaderList& list) {
  const std::optional<Bytes> block = header_packer_.pack(list);
  if (!block.has_value() || block->size() > kFramePayload) {
    broken_ = true;
    return;
  }
  append_frame(frame_header(block->size(), NGHTTP2_HEADERS, flags, stream_id), *block);
}

void Session::append_frame(const FrameHeader& header, Bytes payload) {
  std::vector<std::uint8_t>& output = context_.output;
  output.insert(output.end(), header.begin(), header.end());
  output.insert(output.end(), payload.begin(), payload.end());
}

int Session::send_data(Call& call, const nghttp2_frame& frame) {
  if (context_.output.size() >= kOutputBatch) {
    return NGHTTP2_ERR_WOULDBLOCK;
  }
  const std::size_t size = frame.hd.length;
  if (size > 0) {
    append_frame(frame_header(size, NGHTTP2_DATA, NGHTTP2_FLAG_NONE, call.stream_id),
                 call.replies.front(size));
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    send_headers(call.stream_id, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                 call.failure.has_value() ? context_.headers.failure(*call.failure)
                                          : context_.headers.success());
  }
  if (size == 0) {
    return 0;
  }
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

}  // namespace cryptobroker
