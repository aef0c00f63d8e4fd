// The line of a finished call in the request log.
#pragma once

#include <string>
#include <string_view>

#include "native/rpc/call_record.h"

namespace cryptobroker {

// Appends one JSON object and a line feed: octet for octet what src/broker/call-log.ts writes for
// the same call through src/telemetry/logger.ts. `path` is the method's, or what was called instead
// of one; `service` is UTF-8.
void append_log_line(std::string& out, const CallRecord& record, std::string_view path,
                     std::string_view service);

}  // namespace cryptobroker
