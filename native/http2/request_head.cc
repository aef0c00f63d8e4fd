#include "native/http2/request_head.h"

namespace cryptobroker {

void RequestHead::read(const HeaderField& field) {
  switch (field.kind) {
    case HeaderField::Kind::kContentType:
      if (!content_type_seen) {
        content_type_seen = true;
        grpc_content = field.value != 0;
      }
      break;
    case HeaderField::Kind::kTimeout:
      // Said twice it is as good as malformed.
      timeout_valid = !timeout_seen && field.value != HeaderField::kBadTimeout;
      timeout_ns = timeout_valid ? field.value : kNoTimeout;
      timeout_seen = true;
      break;
    case HeaderField::Kind::kEncoding:
      identity = !encoding_seen && field.value != 0;
      encoding_seen = true;
      break;
    default:
      break;
  }
}

}  // namespace cryptobroker
