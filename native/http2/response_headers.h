// The header lists of responses, as @grpc/grpc-js on node:http2 writes them.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "native/http2/header_list.h"
#include "native/rpc/answer.h"

namespace cryptobroker {

// Lists are valid until the next call of the same object.
class ResponseHeaders {
 public:
  ResponseHeaders();
  ResponseHeaders(const ResponseHeaders&) = delete;
  ResponseHeaders& operator=(const ResponseHeaders&) = delete;

  // Sets the Date header (RFC 9110 §6.6.1).
  void set_time(std::int64_t unix_seconds);

  // Before the first message of a response.
  HeaderList response() const { return {response_, HeaderList::Kind::kResponse, unix_seconds_}; }
  // After the last one.
  HeaderList success() const { return {success_, HeaderList::Kind::kSuccess, 0}; }
  HeaderList failure(const CallFailure& failure);
  // A failure, or a success without a message, that has not begun to respond.
  HeaderList trailers_only(const CallFailure& failure);
  HeaderList success_only() const {
    return {success_only_, HeaderList::Kind::kSuccessOnly, unix_seconds_};
  }
  // Not gRPC at all.
  HeaderList unsupported_media_type() const { return {unsupported_}; }

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
