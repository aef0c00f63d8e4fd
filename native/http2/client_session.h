// A client's end of one HTTP/2 connection that carries unary gRPC calls, without its socket: bytes
// in, bytes out. nghttp2 does the protocol. Not for several threads.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "native/crypto/bytes.h"

namespace cryptobroker {

class ClientSession {
 public:
  // Larger answers are refused by their prefix alone.
  static constexpr std::size_t kMaxAnswerBytes = 4 * 1024 * 1024;
  // Of a list of header fields, as HTTP/2 counts it (RFC 9113 §6.5.2).
  static constexpr std::size_t kMaxHeaderListBytes = 16 * 1024;
  // What write() wants at least.
  static constexpr std::size_t kMinOutput = 32 * 1024;

  enum class Phase : std::uint8_t {
    kGreeting,  // the server has not sent its settings
    kOpen,
    kRetiring,  // no further calls, those that run go on
    kFailed,    // of no use: to be closed when what write() still has is sent
  };

  // How a call ended; every call that is not cancelled has one.
  struct Outcome {
    enum class Kind : std::uint8_t {
      kAnswered,     // well: `payload` is the message
      kHeaders,      // otherwise: `payload` has the header lists, see ClientAnswer
      kTooLarge,     // the answer is larger than kMaxAnswerBytes
      kCompressed,   // it is compressed
      kTooMany,      // there is more than one
      kMalformed,    // it breaks a rule of HTTP/2 or gRPC
      kReset,        // the server reset the stream: `detail` is its code
      kUnprocessed,  // the server has not looked at it (RFC 9113 §8.7); `detail` 1: bytes have left
      kBroken,       // the connection ended first
    };
    std::int32_t id = 0;
    Kind kind = Kind::kBroken;
    std::uint32_t detail = 0;
    std::vector<std::uint8_t> payload;
  };

  // nullptr when there is no memory.
  static std::unique_ptr<ClientSession> create();
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  Phase phase() const { return phase_; }
  std::size_t running() const { return running_; }
  // True when the server allows one more call.
  bool may_start() const;
  bool has_output() const;

  // Begins a call and returns its number; 0: it could not be begun, and the session is retiring.
  // The request is copied, and the copy wiped when the call has ended.
  std::int32_t start(std::string_view path, Bytes request, std::uint32_t timeout_ms);
  // Gives a call up: it has no outcome. A number of no call is ignored.
  void cancel(std::int32_t id);
  void receive(Bytes bytes);
  // Puts what is to be sent next into `into` and returns how much it is.
  std::size_t write(MutableBytes into);
  // Begins no further calls.
  void retire();
  // The connection is gone: ends every call.
  void lost();

  // Calls that have ended since the caller last emptied it.
  std::vector<Outcome>& outcomes() { return outcomes_; }

 private:
  friend struct ClientSessionCallbacks;
  struct Call;

  ClientSession();
  bool begin();

  Call* find(std::int32_t id);
  // False when the list is too long.
  bool on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void on_data(std::int32_t id, Bytes chunk);
  void on_frame(const nghttp2_frame& frame);
  void on_headers_sent(std::int32_t id);
  void on_closed(std::int32_t id, std::uint32_t error_code);

  void finish(Call& call, std::int32_t id, bool by_fields);
  void refuse(Call& call, std::int32_t id, Outcome::Kind kind);
  void settle(Call& call, std::int32_t id, Outcome::Kind kind, std::uint32_t detail);
  // nghttp2 has ended the connection.
  bool over() const;

  nghttp2_session* session_ = nullptr;
  Phase phase_ = Phase::kGreeting;
  std::unordered_map<std::int32_t, std::unique_ptr<Call>> calls_;
  std::size_t running_ = 0;
  std::vector<Outcome> outcomes_;
  // A frame that did not fit into what write() was given.
  std::vector<std::uint8_t> backlog_;
};

}  // namespace cryptobroker
