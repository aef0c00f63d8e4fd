// Steps every method of service CryptoGrpc begins with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "native/broker/refusal.h"
#include "native/broker/request_metadata.h"
#include "native/broker/wire_reader.h"
#include "native/rpc/answer.h"

namespace cryptobroker {

// MESSAGE_MALFORMED with the reason the reader found.
Refusal malformed(const WireCheck& check);

// Fills in what the log may say about a request, and the parent of its span: callSummary() and
// requestParent() of src/broker/request-metadata.ts.
void note_request(std::string_view profile, const std::optional<RequestMetadata>& metadata,
                  CallFacts& facts);

// PROFILE_UNKNOWN in the original's words.
Refusal profile_unknown(std::string_view name);

// The refusal of an operation that the profile exists without.
Refusal not_offered(std::string_view operation);

}  // namespace cryptobroker
