// Words of a caller's, fit for an error message or a log line. Every function gives the same text
// as JavaScript's of the same name, which counts in UTF-16 units.
#pragma once

#include <string>
#include <string_view>

namespace cryptobroker {

// printable() of src/config/printable.ts: printable ASCII as it is, everything else escaped, at
// most 80 units of it, an ellipsis (in UTF-8) after what was cut. `text` is UTF-8.
std::string printable(std::string_view text);

// printableDetails() of src/grpc/status.ts: at most 1024 units, a question mark for each that is
// not printable ASCII. `text` is UTF-8.
std::string printable_details(std::string_view text);

// shown() of src/broker/call-log.ts: the same with at most 128 units.
std::string shown_in_log(std::string_view text);

}  // namespace cryptobroker
