// The one place where errors become the ends of calls, as src/grpc/status.ts does.
#pragma once

#include <string>
#include <string_view>

#include "native/broker/refusal.h"
#include "native/crypto/errors.h"
#include "native/crypto/library_context.h"
#include "native/rpc/answer.h"

namespace cryptobroker {

// A refused request. A code whose status is INTERNAL, which no request can cause, ends as
// internal_failure() does.
CallFailure failure_of(const LibraryContext& context, const Refusal& refusal);

// A failure of the crypto core, in its words where the caller may read them.
CallFailure failure_of(const LibraryContext& context, const Error& error);

// The caller gets an incident id, the log the cause.
CallFailure internal_failure(const LibraryContext& context, std::string cause);

}  // namespace cryptobroker
