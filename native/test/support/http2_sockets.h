// A server on a socket of the abstract namespace, and clients that connect to it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "native/http2/http2_server.h"
#include "native/http2/unique_fd.h"
#include "native/test/support/http2_client.h"

namespace cryptobroker::testing {

// Something that other threads count up, and a test waits for.
class Tally {
 public:
  void add(const std::string& what);
  // False when `what` does not happen that often within the time a test may take.
  bool wait_for(const std::string& what, std::size_t times);
  std::size_t count(const std::string& what);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::size_t> counts_;
};

// Counts each finished call as its status number, and each fault as its text.
class TallyObserver final : public ServerObserver {
 public:
  void finished(const CallRecord& record, std::string_view) override {
    tally.add(std::to_string(static_cast<int>(record.status)));
  }
  void fault(std::string_view what) override { tally.add(std::string(what)); }
  Tally tally;
};

// Hands every call to a function, on the server's thread.
class FunctionHandler final : public CallHandler {
 public:
  std::function<bool(const CallStart&, std::vector<std::uint8_t>&, Answer&)> request;
  bool on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                  Answer& answer) override {
    return request(call, message, answer);
  }
  void on_cancelled(CallToken, CancelReason) override { tally.add("cancelled"); }
  void on_writable(CallToken) override { tally.add("writable"); }
  Tally tally;
};

// /t.Test/Echo answers with its request; /t.Test/Call and /t.Test/Stream do what `handler` says.
class SocketServer {
 public:
  explicit SocketServer(const Http2Limits& limits = {}, std::size_t threads = 1);

  // A new connection; negative when it is refused.
  UniqueFd connect() const;

  TallyObserver observer;
  FunctionHandler echo;
  FunctionHandler handler;
  std::string address;
  std::unique_ptr<Http2Server> server;
};

// A client on a connection of its own. Every wait is bounded.
class SocketClient {
 public:
  explicit SocketClient(const SocketServer& server,
                        const Http2Client::Options& options = {65535, true});

  // Writes and reads until `done` or the connection is over; false when it is over first, or the
  // time a test may take is.
  bool run_until(const std::function<bool()>& done);
  std::string outcome(std::string_view path, std::string_view message,
                      const Http2Headers& more = {});
  // Writes what there is to be written, without reading.
  void write();
  // True when the server closes the connection.
  bool wait_for_close();

  Http2Client http2;
  UniqueFd socket;
};

}  // namespace cryptobroker::testing
