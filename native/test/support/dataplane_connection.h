// A client's connection to a server in this process, over a real socket.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "native/crypto/file_descriptor.h"
#include "native/test/support/http2_client.h"

namespace cryptobroker::testing {

class Connection {
 public:
  explicit Connection(const std::string& path);

  Http2Client& client() { return client_; }
  // Sends what the client has to say, and lets it hear what comes until `done`, ten seconds at
  // most. False when time is up or the connection has ended.
  [[nodiscard]] bool run_until(const std::function<bool()>& done);
  // A unary call to its end: `status message`, or the response.
  std::string call(std::string_view path, std::string_view message);

 private:
  bool say();
  bool hear();

  FileDescriptor socket_;
  Http2Client client_;
};

}  // namespace cryptobroker::testing
