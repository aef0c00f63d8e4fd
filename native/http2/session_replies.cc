// Replies on their way from a call into DATA frames, and the trailers behind them.
#include <algorithm>
#include <utility>

#include "native/http2/session.h"
#include "native/http2/session_limits.h"

namespace cryptobroker {
namespace {

ssize_t read_messages(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
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

}  // namespace cryptobroker
