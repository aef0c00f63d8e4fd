// One HTTP/2 connection without its socket: bytes in, bytes out. nghttp2 does the protocol; limits,
// calls and their statuses are decided here.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/http2/call.h"
#include "native/http2/frame_header.h"
#include "native/http2/header_packer.h"
#include "native/http2/header_reader.h"
#include "native/http2/session_context.h"
#include "native/http2/token_bucket.h"

namespace cryptobroker {

// What a session has to do. Streams last until somebody ends them (Health/Watch, reflection): there
// need not be anything to do for them.
enum class SessionUse : std::uint8_t { kNone, kStreams, kCalls };

// Whoever moves the bytes of a session.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // There may be output, or the session has ended, without receive() having been called.
  virtual void session_changed() = 0;
  // Its use has changed, or a message has gone through one of its streams.
  virtual void session_used(SessionUse use) = 0;
};

class Session final : private Timer {
 public:
  // nullptr when there is no memory. Context and owner outlive it.
  static std::unique_ptr<Session> create(SessionContext& context, SessionOwner& owner);
  // Ends every call.
  ~Session();

  // Bytes from the client; what they held of secrets is wiped in place. False when no more are
  // wanted: the connection ends as soon as the output has left.
  bool receive(MutableBytes bytes);
  // What is to be sent now; empty: nothing. Valid until a session of the same thread is asked
  // again.
  Bytes pending_output();
  // So much of it has been taken.
  void consume_output(std::size_t size);
  // Output that pending_output() has given and nobody has taken.
  std::size_t backlog() const { return backlog_.size() - backlog_offset_; }
  // Nothing more will be received or sent.
  bool ended() const;

  bool idle() const { return open_.empty(); }
  std::size_t running_calls() const { return running_; }
  // Reply bytes that wait for the client to take some.
  std::size_t unsent() const { return unsent_ + backlog(); }

  // Ends a call that a handler has. The call is one of this session.
  void answer(Call& call, Answer& answer);
  // One more message of a response stream.
  void send(Call& call, std::vector<std::uint8_t> framed);

  // After either of them: there is something to be sent.
  void changed() { owner_.session_changed(); }
  // nghttp2 asks for the next part of a reply.
  nghttp2_ssize read_reply(Call& call, std::size_t most, std::uint32_t& flags);

  // GOAWAY in two steps (RFC 9113 §6.8): that no call beyond those under way is wanted; and, when
  // the client has heard it or `grace_ns` have passed, which was the last. Ends when the last has.
  void drain(std::int64_t grace_ns);
  // GOAWAY, and no more calls; those that run are cut off. `fault` is for the log, empty: it is
  // none.
  void terminate(std::uint32_t error_code, std::string_view fault);
  // Ends every call: nothing will be sent or received any more.
  void abandon();

 private:
  friend struct Call;
  friend struct SessionCallbacks;

  Session(SessionContext& context, SessionOwner& owner);
  bool start();

  // Frames, as nghttp2 reports them.
  void on_begin_frame(const nghttp2_frame_hd& header);
  void on_begin_headers(const nghttp2_frame& frame);
  // False when the stream has ended by it.
  bool on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void on_data(std::int32_t stream_id, Bytes chunk);
  void on_frame(const nghttp2_frame& frame);
  void take_headers(Call& call);
  static bool follows_rules(Call& call, const nghttp2_frame& frame);
  void limit_header_table(const nghttp2_settings& settings);
  void on_invalid_frame(const nghttp2_frame& frame);
  void on_frame_sent(const nghttp2_frame& frame);
  void on_stream_closed(std::int32_t stream_id);
  void on_before_headers(const nghttp2_frame& frame);
  int send_data(Call& call, const nghttp2_frame& frame);
  HeaderList opening_of(const Call& call);
  void send_headers(std::int32_t stream_id, std::uint8_t flags, const HeaderList& list);
  void append_frame(const FrameHeader& header, Bytes payload);

  void watch_headers();

  // Calls.
  Call* find(std::int32_t stream_id);
  void admit(Call& call);
  void message_complete(Call& call);
  void end_of_request(Call& call);
  void dispatch(Call& call);
  void call_expired(Call& call);
  void end_by_deadline(Call& call, const CallFailure& failure);
  void succeed(Call& call, Answer& answer);
  void fail(Call& call, const CallFailure& failure, const CallFacts& facts);
  void refuse(Call& call);
  void cut_off(Call& call, std::uint32_t error_code, std::string_view fault);
  void cancel(Call& call, std::string_view cause);
  void forget_handler(Call& call);
  void close(Call& call);
  bool queue_reply(Call& call, std::vector<std::uint8_t>& framed);
  void respond(Call& call, Call::Opening opening);
  void resume(Call& call);
  void count_pending(Call& call);
  void release_pending(Call& call);
  void record(Call& call, const CallFailure* failure, const CallFacts& facts);
  void arm(Call& call, std::int64_t now_ns);
  // False when there are too many.
  bool count_stream();
  void let_last(Call& call);
  void tell_use();

  void expired() override;
  void finish_drain();
  std::string_view path_of(const Call& call) const;

  SessionContext& context_;
  SessionOwner& owner_;
  nghttp2_session* session_ = nullptr;
  // The call of the stream looked up last: most frames belong to the same as the frame before.
  Call* current_ = nullptr;
  HeaderReader header_reader_;
  HeaderPacker header_packer_;
  std::vector<Call*> open_;
  // Of these, the streams that last.
  std::size_t lasting_ = 0;
  std::size_t running_ = 0;
  // Reply bytes of this session that are not in frames yet.
  std::size_t unsent_ = 0;
  std::vector<std::uint8_t> backlog_;
  std::size_t backlog_offset_ = 0;
  TokenBucket resets_;
  TokenBucket overhead_;
  bool preface_seen_ = false;
  bool terminated_ = false;
  // The client has said that it goes, in whatever form.
  bool client_leaves_ = false;
  bool received_secret_ = false;
  // nghttp2 has given up: there is nothing left to send.
  bool broken_ = false;
  enum class Drain : std::uint8_t { kNo, kAnnounced, kFinished } drain_ = Drain::kNo;
};

}  // namespace cryptobroker
