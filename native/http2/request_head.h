// What gRPC wants to know of a request's fields.
#pragma once

#include <cstdint>

#include "native/http2/grpc_headers.h"
#include "native/http2/header_field.h"

namespace cryptobroker {

struct RequestHead {
  bool grpc_content = false;
  bool content_type_seen = false;
  bool encoding_seen = false;
  bool identity = true;
  bool timeout_seen = false;
  bool timeout_valid = true;
  std::int64_t timeout_ns = kNoTimeout;

  // The next field; where it says :path, that is somebody else's.
  void read(const HeaderField& field);
};

}  // namespace cryptobroker
