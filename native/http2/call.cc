#include "native/http2/call.h"

#include <utility>

#include "native/http2/session.h"

namespace cryptobroker {
namespace {

// Memory that an unused call keeps for its next reply. Most replies fit.
constexpr std::size_t kRetainedReplyBytes = 4096;

}  // namespace

void Call::renew() {
  session = nullptr;
  stream_id = 0;
  method = CallRecord::kUnknownMethod;
  phase = Phase::kHeaders;
  kind = MethodKind::kUnary;
  secret = false;
  half_closed = false;
  running = false;
  lasting = false;
  has_message = false;
  taken = false;
  facts.clear();
  responding = false;
  opening = Opening::kMessages;
  ending = false;
  deferred = false;
  reset = false;
  rules = {};
  head = {};
  trace.clear();
  path.clear();
  deadline_ns = kNoTimeout;
  received_bytes = 0;
  request_bytes = 0;
  response_bytes = 0;
  pending_bytes = 0;
  request.clear();
  std::vector<std::uint8_t> memory = replies.reset();
  if (memory.capacity() > spare.capacity()) {
    spare = std::move(memory);
  }
  if (spare.capacity() > kRetainedReplyBytes) {
    spare = {};
  }
  failure.reset();
}

void Call::expired() { session->call_expired(*this); }

}  // namespace cryptobroker
