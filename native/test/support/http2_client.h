// The client's end of an HTTP/2 connection, bytes in and bytes out, for tests of the server: it
// says what it is told to say and remembers everything it hears.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/crypto/bytes.h"

namespace cryptobroker::testing {

using Http2Headers = std::vector<std::pair<std::string, std::string>>;

// A message with its prefix, as grpc puts it into DATA frames.
std::vector<std::uint8_t> grpc_message(std::string_view text, std::uint8_t flag = 0);
// A prefix that announces `length` bytes.
std::vector<std::uint8_t> grpc_prefix(std::uint32_t length);
// The headers of a call, `more` in place of or beside the usual ones; an empty value leaves one
// out.
Http2Headers grpc_headers(std::string_view path, const Http2Headers& more = {});

// What came back on one stream.
struct Http2Reply {
  std::map<std::string, std::string> headers;
  std::map<std::string, std::string> trailers;
  std::string body;
  bool closed = false;
  std::uint32_t error_code = 0;
  // True when the headers ended the stream.
  bool trailers_only = false;

  // `grpc-status grpc-message`, from wherever it was; `reset N` or `open` when there is none.
  std::string outcome() const;
  // The `cryptobroker-error` of whichever had the status.
  std::string code() const;
  // The messages in the body.
  std::vector<std::string> messages() const;
};

class Http2Client {
 public:
  struct Options {
    std::uint32_t window = 65535;
    // False: messages of the server do not open the window again by themselves.
    bool reads = true;
  };
  Http2Client() : Http2Client(Options{65535, true}) {}
  explicit Http2Client(const Options& options);
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // A stream with headers and body; `more` leaves it open for send().
  std::int32_t request(const Http2Headers& headers, std::vector<std::uint8_t> body,
                       bool more = false);
  std::int32_t call(std::string_view path, std::string_view message, const Http2Headers& more = {});
  // More of the body of an open stream, and its end.
  void send(std::int32_t stream, const std::vector<std::uint8_t>& bytes, bool end = false);
  void send_trailers(std::int32_t stream, const Http2Headers& trailers);
  void reset(std::int32_t stream, std::uint32_t error_code = NGHTTP2_CANCEL);
  void ping();
  // Opens the window of a stream and of the connection.
  void open_window(std::int32_t stream, std::int32_t bytes);

  // What it wants to say now.
  std::vector<std::uint8_t> output();
  // False when what it hears is not HTTP/2.
  bool input(Bytes bytes);

  const Http2Reply& reply(std::int32_t stream) { return replies_[stream]; }
  // Of the last GOAWAY.
  std::optional<std::uint32_t> goaway() const { return goaway_; }
  std::int32_t goaway_last_stream() const { return goaway_last_stream_; }
  std::size_t pings_answered() const { return pings_answered_; }

 private:
  struct Deleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  struct Body {
    std::vector<std::uint8_t> bytes;
    std::size_t offset = 0;
    bool more = false;
    std::optional<Http2Headers> trailers;
  };
  struct Callbacks;

  Options options_;
  std::unique_ptr<nghttp2_session, Deleter> session_;
  std::map<std::int32_t, std::unique_ptr<Body>> bodies_;
  std::map<std::int32_t, Http2Reply> replies_;
  std::optional<std::uint32_t> goaway_;
  std::int32_t goaway_last_stream_ = 0;
  std::size_t pings_answered_ = 0;
};

}  // namespace cryptobroker::testing
