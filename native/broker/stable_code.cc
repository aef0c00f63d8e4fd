#include "native/broker/stable_code.h"

#include <array>
#include <cstddef>

namespace cryptobroker {
namespace {

struct Row {
  std::string_view name;
  GrpcStatus status;
};

constexpr auto kRows = std::to_array<Row>({
#define CRYPTOBROKER_ERROR_STATUS(name, status) {#name, GrpcStatus::status},
#include "native/broker/error_statuses.inc"
#undef CRYPTOBROKER_ERROR_STATUS
});

}  // namespace

std::string_view stable_code_name(StableCode code) {
  return kRows[static_cast<std::size_t>(code)].name;
}

GrpcStatus grpc_status_of(StableCode code) { return kRows[static_cast<std::size_t>(code)].status; }

StableCode stable_code_of(ErrorCode code) {
  switch (code) {
#define CRYPTOBROKER_STABLE_CODE(name) \
  case ErrorCode::name:                \
    return StableCode::name;
    CRYPTOBROKER_ERROR_CODES(CRYPTOBROKER_STABLE_CODE)
#undef CRYPTOBROKER_STABLE_CODE
  }
  return StableCode::INTERNAL;
}

}  // namespace cryptobroker
