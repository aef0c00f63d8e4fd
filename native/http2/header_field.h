// What one field of a request's header list says, whatever stands beside it.
#pragma once

#include <cstdint>
#include <string_view>

#include "native/rpc/call_record.h"

namespace cryptobroker {

struct HeaderField {
  enum class Kind : std::uint8_t {
    kMalformed,   // ends the stream, wherever it stands
    kPassedOver,  // name or value are not as HTTP has them: it is as if it were not there
    // Pseudo-fields.
    kMethod,  // value: kConnect, kOptions or kOtherMethod
    kScheme,  // value: 1 when it is http or https
    kPath,    // value: kRegular, kAsterisk or kOtherPath
    kAuthority,
    // Those of HTTP that have rules.
    kHost,
    kContentLength,  // value: octets
    // Those of gRPC.
    kContentType,  // value: 1 when it is gRPC's
    kTimeout,      // value: nanoseconds, kNoTimeout, or kBadTimeout
    kEncoding,     // value: 1 when it is "identity"
    kOther,
  };
  static constexpr std::int64_t kOtherMethod = 0, kConnect = 1, kOptions = 2;
  static constexpr std::int64_t kOtherPath = 0, kRegular = 1, kAsterisk = 2;
  static constexpr std::int64_t kBadTimeout = -1;

  Kind kind = Kind::kOther;
  // Of a path, for those who know a table of methods.
  std::uint16_t method = CallRecord::kUnknownMethod;
  std::int64_t value = 0;
};

// As nghttp2 judges fields, whose own checks (RFC 9113 §8.2, §8.3.1) are switched off because they
// would be made anew for each of the fields that a client sends with every request.
HeaderField read_header_field(std::string_view name, std::string_view value);

}  // namespace cryptobroker
