#include "native/test/support/http2_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace cryptobroker::testing {
namespace {

std::vector<nghttp2_nv> block_of(const Http2Headers& headers) {
  std::vector<nghttp2_nv> block;
  const auto bytes = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  for (const auto& [name, value] : headers) {
    block.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return block;
}

const std::string* find(const std::map<std::string, std::string>& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<std::uint8_t> grpc_prefix(std::uint32_t length) {
  return {0, static_cast<std::uint8_t>(length >> 24), static_cast<std::uint8_t>(length >> 16),
          static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
}

std::vector<std::uint8_t> grpc_message(std::string_view text, std::uint8_t flag) {
  std::vector<std::uint8_t> framed = grpc_prefix(static_cast<std::uint32_t>(text.size()));
  framed[0] = flag;
  framed.insert(framed.end(), text.begin(), text.end());
  return framed;
}

Http2Headers grpc_headers(std::string_view path, const Http2Headers& more) {
  Http2Headers headers = {{":method", "POST"},
                          {":scheme", "http"},
                          {":path", std::string(path)},
                          {":authority", "localhost"},
                          {"content-type", "application/grpc"},
                          {"te", "trailers"}};
  for (const auto& header : more) {
    const auto usual = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& one) { return one.first == header.first; });
    if (usual == headers.end()) {
      headers.push_back(header);
    } else if (header.second.empty()) {
      headers.erase(usual);
    } else {
      usual->second = header.second;
    }
  }
  return headers;
}

std::string Http2Reply::outcome() const {
  for (const auto* block : {&trailers, &headers}) {
    if (const std::string* status = find(*block, "grpc-status")) {
      const std::string* message = find(*block, "grpc-message");
      return *status + " " + (message == nullptr ? "" : *message);
    }
  }
  return closed ? "reset " + std::to_string(error_code) : "open";
}

std::string Http2Reply::code() const {
  for (const auto* block : {&trailers, &headers}) {
    if (const std::string* code = find(*block, "cryptobroker-error")) {
      return *code;
    }
  }
  return "";
}

std::vector<std::string> Http2Reply::messages() const {
  std::vector<std::string> messages;
  std::size_t at = 0;
  while (at + 5 <= body.size()) {
    std::size_t length = 0;
    for (std::size_t i = 1; i < 5; ++i) {
      length = length << 8 | static_cast<std::uint8_t>(body[at + i]);
    }
    messages.push_back(body.substr(at + 5, length));
    at += 5 + length;
  }
  EXPECT_EQ(at, body.size()) << "the body is whole messages";
  return messages;
}

struct Http2Client::Callbacks {
  static Http2Client& of(void* user) { return *static_cast<Http2Client*>(user); }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    Http2Reply& reply = of(user).replies_[frame->hd.stream_id];
    auto& block = frame->headers.cat == NGHTTP2_HCAT_RESPONSE ? reply.headers : reply.trailers;
    block[std::string(name, name + name_size)] = std::string(value, value + value_size);
    return 0;
  }
  static int data(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                  const std::uint8_t* bytes, std::size_t size, void* user) {
    of(user).replies_[stream].body.append(bytes, bytes + size);
    if (of(user).options_.reads) {
      nghttp2_session_consume(session, stream, size);
    }
    return 0;
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Client& self = of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self.goaway_ = frame->goaway.error_code;
      self.goaway_last_stream_ = frame->goaway.last_stream_id;
    } else if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
      ++self.pings_answered_;
    } else if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_RESPONSE &&
               (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      self.replies_[frame->hd.stream_id].trailers_only = true;
    }
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t stream, std::uint32_t error_code, void* user) {
    Http2Reply& reply = of(user).replies_[stream];
    reply.closed = true;
    reply.error_code = error_code;
    return 0;
  }
  static ssize_t read(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                      std::size_t most, std::uint32_t* flags, nghttp2_data_source* source, void*) {
    Body& body = *static_cast<Body*>(source->ptr);
    const std::size_t size = std::min(most, body.bytes.size() - body.offset);
    if (size == 0 && body.more) {
      return NGHTTP2_ERR_DEFERRED;
    }
    std::copy_n(body.bytes.begin() + static_cast<std::ptrdiff_t>(body.offset), size, buffer);
    body.offset += size;
    if (body.offset == body.bytes.size() && !body.more) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (body.trailers.has_value()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto block = block_of(*body.trailers);
        nghttp2_submit_trailer(session, stream, block.data(), block.size());
      }
    }
    return static_cast<ssize_t>(size);
  }
};

Http2Client::Http2Client(const Options& options) : options_(options) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::closed);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  // What it is told to say may be against the rules.
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
  nghttp2_option_set_peer_max_concurrent_streams(option, 1 << 20);
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new2(&session, callbacks, this, option);
  session_.reset(session);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, window, 1);
}

std::int32_t Http2Client::request(const Http2Headers& headers, std::vector<std::uint8_t> body,
                                  bool more) {
  const auto block = block_of(headers);
  auto source = std::make_unique<Body>();
  source->bytes = std::move(body);
  source->more = more;
  nghttp2_data_provider provider{};
  provider.source.ptr = source.get();
  provider.read_callback = Callbacks::read;
  const bool headers_only = source->bytes.empty() && !more;
  const std::int32_t stream =
      nghttp2_submit_request(session_.get(), nullptr, block.data(), block.size(),
                             headers_only ? nullptr : &provider, nullptr);
  EXPECT_GT(stream, 0);
  bodies_[stream] = std::move(source);
  return stream;
}

std::int32_t Http2Client::call(std::string_view path, std::string_view message,
                               const Http2Headers& more) {
  return request(grpc_headers(path, more), grpc_message(message));
}

void Http2Client::send(std::int32_t stream, const std::vector<std::uint8_t>& bytes, bool end) {
  Body& body = *bodies_[stream];
  body.bytes.insert(body.bytes.end(), bytes.begin(), bytes.end());
  body.more = !end;
  nghttp2_session_resume_data(session_.get(), stream);
}

void Http2Client::send_trailers(std::int32_t stream, const Http2Headers& trailers) {
  bodies_[stream]->trailers = trailers;
  send(stream, {}, true);
}

void Http2Client::reset(std::int32_t stream, std::uint32_t error_code) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, error_code);
}

void Http2Client::ping() { nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr); }

void Http2Client::open_window(std::int32_t stream, std::int32_t bytes) {
  nghttp2_submit_window_update(session_.get(), NGHTTP2_FLAG_NONE, stream, bytes);
  nghttp2_submit_window_update(session_.get(), NGHTTP2_FLAG_NONE, 0, bytes);
}

std::vector<std::uint8_t> Http2Client::output() {
  std::vector<std::uint8_t> output;
  for (;;) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size <= 0) {
      EXPECT_EQ(size, 0);
      return output;
    }
    output.insert(output.end(), bytes, bytes + size);
  }
}

bool Http2Client::input(Bytes bytes) {
  return nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size()) >= 0;
}

}  // namespace cryptobroker::testing
