// The stable error codes of src/errors/codes.ts with the gRPC statuses they end calls with. The
// rows of error_statuses.inc are made from that table by scripts/generate-error-statuses.mjs.
#pragma once

#include <cstdint>
#include <string_view>

#include "native/crypto/errors.h"
#include "native/rpc/status.h"

namespace cryptobroker {

enum class StableCode : std::uint16_t {
#define CRYPTOBROKER_ERROR_STATUS(name, status) name,
#include "native/broker/error_statuses.inc"
#undef CRYPTOBROKER_ERROR_STATUS
};

// As src/errors/codes.ts spells it. Static text.
std::string_view stable_code_name(StableCode code);

GrpcStatus grpc_status_of(StableCode code);

// The row of a code of the crypto core; every one has a row, or this does not compile.
StableCode stable_code_of(ErrorCode code);

}  // namespace cryptobroker
