// Whether the header list of a request, its trailers and its length are those of a request (RFC
// 9113 §8.1 to §8.3). Whatever is not ends its stream with PROTOCOL_ERROR.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/http2/header_field.h"

namespace cryptobroker {

class HeaderRules {
 public:
  // The next field. False: the request is malformed.
  bool allow(const HeaderField& field, bool in_trailers);
  // After the fields that begin a request. False: some are missing, or do not go together.
  bool begin_body();
  // More octets of the body. False: they are more than were announced.
  bool count_body(std::size_t size) {
    body_ += static_cast<std::int64_t>(size);
    return length_ == kNotSaid || body_ <= length_;
  }
  // No more will come. False: they are fewer than were announced.
  bool body_is_whole() const { return length_ == kNotSaid || body_ == length_; }

 private:
  static constexpr std::int64_t kNotSaid = -1;

  bool once(HeaderField::Kind kind);
  bool has(HeaderField::Kind kind) const;

  // By HeaderField::Kind.
  std::uint32_t seen_ = 0;
  // A field that is none of HTTP/2's own has come: no pseudo-field may follow.
  bool regular_seen_ = false;
  bool http_ = false;
  std::int64_t method_ = HeaderField::kOtherMethod;
  std::int64_t path_ = HeaderField::kOtherPath;
  std::int64_t length_ = kNotSaid;
  std::int64_t body_ = 0;
};

}  // namespace cryptobroker
