#include "grpc_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t kPrefix = 5;
constexpr std::size_t kReadBytes = 64 * 1024;
// What is gathered before it is written: a few replies' worth of large requests.
constexpr std::size_t kWriteBytes = 256 * 1024;
constexpr std::int32_t kWindow = 16 * 1024 * 1024;
// Larger than any answer that is expected here.
constexpr std::size_t kLargestAnswer = 4 * 1024 * 1024;
constexpr timeval kReadLimit = {30, 0};

nghttp2_nv header(std::string_view name, std::string_view value) {
  // nghttp2 does not write to either; its type is older than const.
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message) {
  std::vector<std::uint8_t> out(kPrefix);
  for (std::size_t i = 1; i < kPrefix; ++i) {
    out[i] = static_cast<std::uint8_t>(message.size() >> (8 * (kPrefix - 1 - i)));
  }
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

}  // namespace

GrpcConnection::GrpcConnection(const Options& options)
    : options_(options), request_(framed(options.request)) {
  socket_ = UnixSocket::connect(options.socket);
  if (!socket_.open()) {
    return;
  }
  // A server that says nothing for so long hangs.
  setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &kReadLimit, sizeof kReadLimit);
  headers_ = {header(":method", "POST"),          header(":scheme", "http"),
              header(":path", options_.path),     header(":authority", "localhost"),
              header("te", "trailers"),           header("content-type", "application/grpc"),
              header("user-agent", "load-client")};
  if (options.deadline_ms > 0) {
    timeout_ = std::to_string(options.deadline_ms) + "m";
    headers_.push_back(header("grpc-timeout", timeout_));
  }
  start_session();
}

GrpcConnection::~GrpcConnection() { nghttp2_session_del(session_); }

void GrpcConnection::start_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) {
    return;
  }
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  const int made = nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 2> settings = {{
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
  }};
  open_ =
      made == 0 &&
      nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
      nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow) == 0;
}

void GrpcConnection::begin(std::uint64_t since) {
  if (!open_) {
    return;
  }
  nghttp2_data_provider body{};
  body.read_callback = read_request;
  const std::int32_t stream =
      nghttp2_submit_request(session_, nullptr, headers_.data(), headers_.size(), &body, nullptr);
  if (stream < 0) {
    // Stream numbers have run out, or the server has said GOAWAY.
    fail();
    return;
  }
  Call& call = calls_[stream];
  call.since = since;
}

void GrpcConnection::flush() {
  while (open_) {
    if (sent_ == unsent_.size()) {
      unsent_.clear();
      sent_ = 0;
    }
    while (unsent_.size() < kWriteBytes) {
      const std::uint8_t* data = nullptr;
      const ssize_t length = nghttp2_session_mem_send(session_, &data);
      if (length < 0) {
        fail();
        return;
      }
      if (length == 0) {
        break;
      }
      unsent_.insert(unsent_.end(), data, data + length);
    }
    if (unsent_.empty()) {
      return;
    }
    const ssize_t written = ::send(socket_.descriptor(), unsent_.data() + sent_,
                                   unsent_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      if (errno != EAGAIN) {
        fail();
      }
      return;
    }
    sent_ += static_cast<std::size_t>(written);
  }
}

void GrpcConnection::receive(bool wait) {
  std::array<std::uint8_t, kReadBytes> buffer;
  const ssize_t length =
      ::recv(socket_.descriptor(), buffer.data(), buffer.size(), wait ? 0 : MSG_DONTWAIT);
  if (length < 0 && (errno == EINTR || (errno == EAGAIN && !wait))) {
    return;
  }
  if (length <= 0 || nghttp2_session_mem_recv(session_, buffer.data(),
                                              static_cast<std::size_t>(length)) != length) {
    fail();
    return;
  }
  if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) {
    fail();
  }
}

std::vector<Finished> GrpcConnection::take_finished() { return std::exchange(finished_, {}); }

void GrpcConnection::fail() {
  open_ = false;
  for (auto& [stream, call] : calls_) {
    finished_.push_back({call.since, Finished::kBroken, {}, "the connection ended"});
  }
  calls_.clear();
}

GrpcConnection::Call* GrpcConnection::find(std::int32_t stream) {
  const auto found = calls_.find(stream);
  return found == calls_.end() ? nullptr : &found->second;
}

ssize_t GrpcConnection::read_request(nghttp2_session*, std::int32_t stream, std::uint8_t* buffer,
                                     std::size_t length, std::uint32_t* flags, nghttp2_data_source*,
                                     void* self) {
  auto& connection = *static_cast<GrpcConnection*>(self);
  Call* call = connection.find(stream);
  if (call == nullptr) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  const std::vector<std::uint8_t>& request = connection.request_;
  const std::size_t size = std::min(length, request.size() - call->sent);
  std::memcpy(buffer, request.data() + call->sent, size);
  call->sent += size;
  if (call->sent == request.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<ssize_t>(size);
}

int GrpcConnection::on_header(nghttp2_session*, const nghttp2_frame* frame,
                              const std::uint8_t* name, std::size_t name_length,
                              const std::uint8_t* value, std::size_t value_length, std::uint8_t,
                              void* self) {
  Call* call = static_cast<GrpcConnection*>(self)->find(frame->hd.stream_id);
  if (call == nullptr) {
    return 0;
  }
  const std::string_view key(reinterpret_cast<const char*>(name), name_length);
  const std::string_view text(reinterpret_cast<const char*>(value), value_length);
  if (key == "grpc-status") {
    int status = Finished::kBroken;
    std::from_chars(text.data(), text.data() + text.size(), status);
    call->outcome.status = status;
    call->answered = true;
  } else if (key == "grpc-message") {
    call->outcome.message = text;
  }
  return 0;
}

int GrpcConnection::on_data(nghttp2_session*, std::uint8_t, std::int32_t stream,
                            const std::uint8_t* data, std::size_t length, void* self) {
  Call* call = static_cast<GrpcConnection*>(self)->find(stream);
  if (call == nullptr) {
    return 0;
  }
  std::vector<std::uint8_t>& body = call->outcome.framed;
  if (body.size() + length > kLargestAnswer) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  body.insert(body.end(), data, data + length);
  return 0;
}

int GrpcConnection::on_close(nghttp2_session*, std::int32_t stream, std::uint32_t error,
                             void* self) {
  auto& connection = *static_cast<GrpcConnection*>(self);
  const auto found = connection.calls_.find(stream);
  if (found == connection.calls_.end()) {
    return 0;
  }
  Call& call = found->second;
  Finished outcome = std::move(call.outcome);
  outcome.since = call.since;
  if (!call.answered) {
    outcome.status = Finished::kBroken;
    outcome.message = "the stream ended without a status: " + std::to_string(error);
  }
  connection.finished_.push_back(std::move(outcome));
  connection.calls_.erase(found);
  return 0;
}

int GrpcConnection::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  if (frame->hd.type == NGHTTP2_GOAWAY) {
    // Some calls under way might still be answered, but no other can begin here: the run is over,
    // or goes on on another connection.
    static_cast<GrpcConnection*>(self)->fail();
  }
  return 0;
}

}  // namespace bench
