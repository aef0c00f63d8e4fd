// The header blocks of responses, as @grpc/grpc-js on node:http2 writes them.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/rpc/answer.h"

namespace cryptobroker {

// Blocks for nghttp2_submit_…(), valid until the next call of the same object. Fixed names and
// values are not copied by nghttp2; all others are.
class ResponseHeaders {
 public:
  using Block = std::span<const nghttp2_nv>;

  ResponseHeaders();
  ResponseHeaders(const ResponseHeaders&) = delete;
  ResponseHeaders& operator=(const ResponseHeaders&) = delete;

  // Sets the Date header (RFC 9110 §6.6.1).
  void set_time(std::int64_t unix_seconds);

  // Before the first message of a response.
  Block response() const { return response_; }
  // After the last one.
  Block success() const { return success_; }
  Block failure(const CallFailure& failure);
  // A failure, or a success without a message, that has not begun to respond.
  Block trailers_only(const CallFailure& failure);
  Block success_only() const { return success_only_; }
  // Not gRPC at all.
  Block unsupported_media_type() const { return unsupported_; }

 private:
  void add_failure(const CallFailure& failure);

  std::int64_t unix_seconds_ = -1;
  std::array<char, 29> date_{};
  std::string message_;
  std::vector<nghttp2_nv> response_;
  std::vector<nghttp2_nv> success_;
  std::vector<nghttp2_nv> success_only_;
  std::vector<nghttp2_nv> unsupported_;
  std::vector<nghttp2_nv> failure_;
};

}  // namespace cryptobroker
