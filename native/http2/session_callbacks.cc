#include "native/http2/session_callbacks.h"

#include <cstdint>
#include <string_view>

#include "native/http2/session.h"
#include "native/http2/session_limits.h"

namespace cryptobroker {

// nghttp2's view of a Session. Once that has ended the connection, every callback stops nghttp2
// from reading on.
struct SessionCallbacks {
  static Session& of(void* user_data) { return *static_cast<Session*>(user_data); }
  static int go_on(const Session& session) {
    return session.terminated_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }
  static std::string_view text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user_data) {
    of(user_data).on_begin_frame(*header);
    return go_on(of(user_data));
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    of(user_data).on_begin_headers(*frame);
    return go_on(of(user_data));
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user_data) {
    Session& session = of(user_data);
    return session.header_reader_.skip(text(name, name_size), text(value, value_size)) ||
                   session.on_header(*frame, text(name, name_size), text(value, value_size))
               ? 0
               : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t stream_id, const std::uint8_t* bytes,
                  std::size_t size, void* user_data) {
    of(user_data).on_data(stream_id, {bytes, size});
    return go_on(of(user_data));
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    of(user_data).on_frame(*frame);
    return go_on(of(user_data));
  }
  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) {
    of(user_data).on_invalid_frame(*frame);
    return 0;
  }
  // A frame of a type that we know nothing of: it was counted when it began, and that is all.
  static int pass_over(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) {
    return NGHTTP2_ERR_CANCEL;
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    of(user_data).on_frame_sent(*frame);
    return 0;
  }
  static int stream_closed(nghttp2_session*, std::int32_t stream_id, std::uint32_t,
                           void* user_data) {
    of(user_data).on_stream_closed(stream_id);
    return 0;
  }
  static int before_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      of(user_data).on_before_headers(*frame);
    }
    return 0;
  }
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t*, std::size_t,
                       nghttp2_data_source* source, void* user_data) {
    return of(user_data).send_data(*static_cast<Call*>(source->ptr), *frame);
  }
};

namespace {

// nullptr when there is no memory.
nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* made = nullptr;
  if (nghttp2_session_callbacks_new(&made) != 0) {
    return nullptr;
  }
  using C = SessionCallbacks;
  nghttp2_session_callbacks_set_on_begin_frame_callback(made, C::begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, C::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(made, C::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, C::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, C::frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, C::invalid_frame);
  nghttp2_session_callbacks_set_unpack_extension_callback(made, C::pass_over);
  nghttp2_session_callbacks_set_before_frame_send_callback(made, C::before_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, C::frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, C::stream_closed);
  nghttp2_session_callbacks_set_send_data_callback(made, C::send_data);
  return made;
}

nghttp2_option* make_options() {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) {
    return nullptr;
  }
  // read_header_field() and HeaderRules do as much for less.
  nghttp2_option_set_no_http_messaging(made, 1);
  // Closed streams are kept for a priority tree that nobody uses.
  nghttp2_option_set_no_closed_streams(made, 1);
  // Ours comes first: nghttp2 would say INTERNAL_ERROR.
  nghttp2_option_set_stream_reset_rate_limit(made, 4 * kResetBurst, 4 * kResetsPerSecond);
  // Otherwise we would not hear of frames of other types than those of RFC 9113, and could not
  // count them.
  for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
    nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
  }
  return made;
}

}  // namespace

nghttp2_session* new_server_session(void* session) {
  // Never deleted: a process may exit while the threads of a server run.
  static const nghttp2_session_callbacks* const callbacks = make_callbacks();
  static const nghttp2_option* const options = make_options();
  nghttp2_session* made = nullptr;
  if (callbacks == nullptr || options == nullptr ||
      nghttp2_session_server_new2(&made, callbacks, session, options) != 0) {
    return nullptr;
  }
  return made;
}

}  // namespace cryptobroker
