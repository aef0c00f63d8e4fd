#include "native/http2/client_session.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "native/http2/client_answer.h"
#include "native/http2/wipe.h"

namespace cryptobroker {
namespace {

// An answer of the largest size with what frames add to it arrives without waiting for a window.
constexpr std::int32_t kStreamWindow = ClientSession::kMaxAnswerBytes + 64 * 1024;
constexpr std::int32_t kConnectionWindow = 2 * kStreamWindow;
constexpr std::size_t kMaxContinuations = 8;
// TimeoutValue has at most 8 digits (PROTOCOL-HTTP2).
constexpr std::uint32_t kLargestTimeout = 99'999'999;

nghttp2_nv field(std::string_view name, std::string_view value, std::uint8_t flags = 0) {
  // nghttp2 does not write to them.
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

struct Deleter {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
using CallbacksPtr = std::unique_ptr<nghttp2_session_callbacks, Deleter>;
using OptionPtr = std::unique_ptr<nghttp2_option, Deleter>;

}  // namespace

struct ClientSession::Call {
  ~Call() { wipe(request); }

  // Prefix and message.
  std::vector<std::uint8_t> request;
  std::size_t sent = 0;
  // The headers have left.
  bool written = false;
  // Nobody waits for it any more; it stays until nghttp2 has let go of its stream.
  bool settled = false;
  // What the server reset the stream with.
  bool reset = false;
  std::uint32_t reset_code = 0;
  ClientAnswer answer;
};

// nghttp2's view of a ClientSession.
struct ClientSessionCallbacks {
  static ClientSession& of(void* user_data) { return *static_cast<ClientSession*>(user_data); }
  static std::string_view text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user_data) {
    return of(user_data).on_header(*frame, text(name, name_size), text(value, value_size))
               ? 0
               : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                  std::size_t size, void* user_data) {
    of(user_data).on_data(id, {bytes, size});
    return 0;
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    of(user_data).on_frame(*frame);
    return 0;
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      of(user_data).on_headers_sent(frame->hd.stream_id);
    }
    return 0;
  }
  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      of(user_data).on_closed(frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
    }
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t error_code, void* user_data) {
    of(user_data).on_closed(id, error_code);
    return 0;
  }
  static ssize_t read_request(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t most,
                              std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& call = *static_cast<ClientSession::Call*>(source->ptr);
    const std::size_t size = std::min(most, call.request.size() - call.sent);
    std::memcpy(into, call.request.data() + call.sent, size);
    call.sent += size;
    if (call.sent == call.request.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(size);
  }

  static CallbacksPtr make() {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) {
      return nullptr;
    }
    nghttp2_session_callbacks_set_on_header_callback(made, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(made, frame_not_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, closed);
    return CallbacksPtr(made);
  }
};

std::unique_ptr<ClientSession> ClientSession::create() {
  std::unique_ptr<ClientSession> session(new ClientSession());
  return session->begin() ? std::move(session) : nullptr;
}

ClientSession::ClientSession() = default;

ClientSession::~ClientSession() { nghttp2_session_del(session_); }

bool ClientSession::begin() {
  const CallbacksPtr callbacks = ClientSessionCallbacks::make();
  nghttp2_option* made = nullptr;
  if (callbacks == nullptr || nghttp2_option_new(&made) != 0) {
    return false;
  }
  const OptionPtr options(made);
  nghttp2_option_set_max_continuations(made, kMaxContinuations);
  nghttp2_option_set_no_closed_streams(made, 1);
  if (nghttp2_session_client_new2(&session_, callbacks.get(), this, made) != 0) {
    session_ = nullptr;
    return false;
  }
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderListBytes},
      // The tree of RFC 7540 costs time for every stream.
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow) ==
             0;
}

bool ClientSession::may_start() const {
  return phase_ == Phase::kOpen &&
         running_ <
             nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool ClientSession::has_output() const {
  return !backlog_.empty() || (session_ != nullptr && nghttp2_session_want_write(session_) != 0);
}

std::int32_t ClientSession::start(std::string_view path, Bytes request, std::uint32_t timeout_ms) {
  if (phase_ != Phase::kOpen) {
    return 0;
  }
  auto call = std::make_unique<Call>();
  call->request.resize(kMessagePrefix + request.size());
  std::copy(request.begin(), request.end(), call->request.begin() + kMessagePrefix);
  std::array<char, 16> timeout{};
  const bool in_seconds = timeout_ms > kLargestTimeout;
  char* const end =
      std::to_chars(timeout.data(), timeout.data() + 10,
                    in_seconds ? timeout_ms / 1000 + 1 : std::max<std::uint32_t>(timeout_ms, 1))
          .ptr;
  *end = in_seconds ? 'S' : 'm';
  const nghttp2_nv headers[] = {
      field(":method", "POST"),
      field(":scheme", "http"),
      field(":path", path),
      field(":authority", "localhost"),
      field("te", "trailers"),
      field("content-type", "application/grpc"),
      // Hardly ever the same: not worth a place in the server's table.
      field("grpc-timeout", {timeout.data(), static_cast<std::size_t>(end + 1 - timeout.data())},
            NGHTTP2_NV_FLAG_NO_INDEX),
  };
  nghttp2_data_provider source{};
  source.source.ptr = call.get();
  source.read_callback = ClientSessionCallbacks::read_request;
  const std::int32_t id = !fill_message_prefix(call->request)
                              ? 0
                              : nghttp2_submit_request(session_, nullptr, headers,
                                                       std::size(headers), &source, call.get());
  if (id <= 0) {
    retire();
    return 0;
  }
  calls_.emplace(id, std::move(call));
  ++running_;
  return id;
}

void ClientSession::cancel(std::int32_t id) {
  Call* const call = find(id);
  if (call == nullptr) {
    return;
  }
  call->settled = true;
  --running_;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void ClientSession::receive(Bytes bytes) {
  if (phase_ == Phase::kFailed) {
    return;
  }
  const ssize_t used = nghttp2_session_mem_recv(session_, bytes.data(), bytes.size());
  if (used < 0 || over()) {
    lost();
  }
}

std::size_t ClientSession::write(MutableBytes into) {
  std::size_t size = std::min(backlog_.size(), into.size());
  std::copy_n(backlog_.begin(), size, into.begin());
  backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(size));
  while (backlog_.empty() && session_ != nullptr) {
    const std::uint8_t* frames = nullptr;
    const ssize_t given = nghttp2_session_mem_send(session_, &frames);
    if (given <= 0) {
      break;
    }
    const Bytes made(frames, static_cast<std::size_t>(given));
    const std::size_t fitting = std::min(made.size(), into.size() - size);
    std::copy_n(made.begin(), fitting, into.begin() + static_cast<std::ptrdiff_t>(size));
    size += fitting;
    backlog_.assign(made.begin() + static_cast<std::ptrdiff_t>(fitting), made.end());
  }
  // It may have been a goodbye, because of something that the server sent.
  if (phase_ != Phase::kFailed && over()) {
    lost();
  }
  return size;
}

void ClientSession::retire() {
  if (phase_ == Phase::kGreeting || phase_ == Phase::kOpen) {
    phase_ = Phase::kRetiring;
  }
}

void ClientSession::lost() {
  phase_ = Phase::kFailed;
  nghttp2_session_del(session_);
  session_ = nullptr;
  for (const auto& [id, call] : calls_) {
    if (!call->settled) {
      outcomes_.push_back(
          {id, call->written ? Outcome::Kind::kBroken : Outcome::Kind::kUnprocessed, 0, {}});
    }
  }
  calls_.clear();
  running_ = 0;
}

bool ClientSession::over() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0 &&
         (phase_ != Phase::kRetiring || running_ > 0);
}

ClientSession::Call* ClientSession::find(std::int32_t id) {
  const auto found = calls_.find(id);
  return found == calls_.end() || found->second->settled ? nullptr : found->second.get();
}

bool ClientSession::on_header(const nghttp2_frame& frame, std::string_view name,
                              std::string_view value) {
  Call* const call = find(frame.hd.stream_id);
  return call == nullptr || call->answer.add_field(name, value);
}

void ClientSession::on_data(std::int32_t id, Bytes chunk) {
  Call* const call = find(id);
  if (call == nullptr) {
    return;
  }
  switch (call->answer.add_data(chunk)) {
    case ClientAnswer::Step::kGood:
      return;
    case ClientAnswer::Step::kTooLarge:
      return refuse(*call, id, Outcome::Kind::kTooLarge);
    case ClientAnswer::Step::kCompressed:
      return refuse(*call, id, Outcome::Kind::kCompressed);
    case ClientAnswer::Step::kTooMany:
      return refuse(*call, id, Outcome::Kind::kTooMany);
  }
}

void ClientSession::on_frame(const nghttp2_frame& frame) {
  const bool acknowledged = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
  Call* const call = find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_SETTINGS:
      if (!acknowledged && phase_ == Phase::kGreeting) {
        phase_ = Phase::kOpen;
      }
      break;
    case NGHTTP2_GOAWAY:
      retire();
      break;
    case NGHTTP2_HEADERS:
      if (call != nullptr) {
        call->answer.end_of_fields();
      }
      break;
    case NGHTTP2_RST_STREAM:
      if (call != nullptr) {
        call->reset = true;
        call->reset_code = frame.rst_stream.error_code;
      }
      break;
    default:
      break;
  }
  if (call != nullptr && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
      (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA)) {
    finish(*call, frame.hd.stream_id, frame.hd.type == NGHTTP2_HEADERS);
  }
}

void ClientSession::on_headers_sent(std::int32_t id) {
  const auto found = calls_.find(id);
  if (found != calls_.end()) {
    found->second->written = true;
  }
}

void ClientSession::on_closed(std::int32_t id, std::uint32_t error_code) {
  Call* const call = find(id);
  if (call != nullptr) {
    if (error_code == NGHTTP2_REFUSED_STREAM) {
      settle(*call, id, Outcome::Kind::kUnprocessed, call->written ? 1 : 0);
    } else if (call->reset) {
      settle(*call, id, Outcome::Kind::kReset, call->reset_code);
    } else {
      // nghttp2 has found the answer to break a rule.
      settle(*call, id, Outcome::Kind::kMalformed, 0);
    }
  }
  calls_.erase(id);
}

// The server has said all it has to say. It may have done so without waiting for the whole request;
// the rest is not wanted.
void ClientSession::finish(Call& call, std::int32_t id, bool by_fields) {
  if (call.sent < call.request.size()) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
  }
  if (call.answer.partial()) {
    return settle(call, id, Outcome::Kind::kMalformed, 0);
  }
  const bool well = by_fields && call.answer.well();
  settle(call, id, well ? Outcome::Kind::kAnswered : Outcome::Kind::kHeaders, 0);
  outcomes_.back().payload = well ? call.answer.take_message() : call.answer.take_fields(by_fields);
}

void ClientSession::refuse(Call& call, std::int32_t id, Outcome::Kind kind) {
  settle(call, id, kind, 0);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void ClientSession::settle(Call& call, std::int32_t id, Outcome::Kind kind, std::uint32_t detail) {
  call.settled = true;
  --running_;
  outcomes_.push_back({id, kind, detail, {}});
}

}  // namespace cryptobroker
