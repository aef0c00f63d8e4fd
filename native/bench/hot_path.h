// Something that runs for every request, alone and in memory, so that its instructions can be
// counted.
#pragma once

#include <memory>

#include "native/crypto/library_context.h"

namespace cryptobroker::bench {

class HotPath {
 public:
  virtual ~HotPath() = default;
  // As in bench/instructions.json.
  virtual const char* name() const = 0;
  // What a round needs beforehand; not counted.
  virtual void prepare() {}
  // One round.
  virtual void run() = 0;
  // What has to be true after a round; not counted. A path that fails in an instant must not pass
  // for a fast one.
  virtual void check() = 0;
};

// One HashData request of 100 octets, SHA-512: message in, message out.
std::unique_ptr<HotPath> hash_data_path(const LibraryContext& context);
// One grpc.health.v1.Health/Check request in the same way.
std::unique_ptr<HotPath> health_check_path(const LibraryContext& context);
// One SignCertificate request, P-256 and a CA that is in the cache: all that is not cryptography.
std::unique_ptr<HotPath> sign_certificate_path(const LibraryContext& context);
// One unary call on a connection that has seen others: octets of HTTP/2 in, octets out.
std::unique_ptr<HotPath> http2_call_path();
// The request log's line of a call that went well.
std::unique_ptr<HotPath> log_line_path();

// Ends the program when something that has to be true is not.
void require(bool holds, const char* what);

}  // namespace cryptobroker::bench
