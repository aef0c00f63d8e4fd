// The answer to a call for which there is no place in a queue, as src/broker/work-queue.ts gives
// it.
#pragma once

#include "native/crypto/errors.h"
#include "native/rpc/answer.h"

namespace cryptobroker {

inline CallFailure queue_full() {
  CallFailure failure;
  failure.status = GrpcStatus::kResourceExhausted;
  failure.code = error_code_name(ErrorCode::QUEUE_FULL);
  failure.details = "too many operations are waiting";
  return failure;
}

}  // namespace cryptobroker
