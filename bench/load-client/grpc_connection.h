// One HTTP/2 connection that carries unary gRPC calls, all with the same request.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "options.h"
#include "unix_socket.h"

namespace bench {

// What a call ended with.
struct Finished {
  // When it was due or begun, as begin() was told.
  std::uint64_t since = 0;
  // A gRPC status; kBroken: the stream or the connection ended without one.
  int status = 0;
  // Status 0: prefix and message.
  std::vector<std::uint8_t> framed;
  std::string message;

  static constexpr int kBroken = -1;
};

class GrpcConnection {
 public:
  // Not open() when the server cannot be reached.
  explicit GrpcConnection(const Options& options);
  ~GrpcConnection();
  GrpcConnection(const GrpcConnection&) = delete;
  GrpcConnection& operator=(const GrpcConnection&) = delete;

  // False from the moment it takes no more calls; those under way have then ended.
  bool open() const { return open_; }
  int descriptor() const { return socket_.descriptor(); }
  std::size_t under_way() const { return calls_.size(); }
  bool wants_to_write() const { return !unsent_.empty(); }

  void begin(std::uint64_t since);
  // Writes what there is, as far as the socket takes it.
  void flush();
  // Reads what is there; waits for it when `wait` is true.
  void receive(bool wait);
  // Calls that have ended since the last time.
  std::vector<Finished> take_finished();

 private:
  struct Call {
    std::uint64_t since = 0;
    std::size_t sent = 0;
    bool answered = false;
    Finished outcome;
  };

  static ssize_t read_request(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                              std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                              void* self);
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_length, const std::uint8_t* value,
                       std::size_t value_length, std::uint8_t flags, void* self);
  static int on_data(nghttp2_session* session, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* data, std::size_t length, void* self);
  static int on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t error,
                      void* self);
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self);

  void start_session();
  void fail();
  Call* find(std::int32_t stream);

  const Options& options_;
  UnixSocket socket_;
  bool open_ = false;
  nghttp2_session* session_ = nullptr;
  std::string timeout_;
  std::vector<nghttp2_nv> headers_;
  // With gRPC's prefix.
  std::vector<std::uint8_t> request_;
  std::unordered_map<std::int32_t, Call> calls_;
  std::vector<Finished> finished_;
  std::vector<std::uint8_t> unsent_;
  std::size_t sent_ = 0;
};

}  // namespace bench
