#include "native/broker/call_failure.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

#include "native/broker/printable.h"
#include "native/crypto/hex.h"
#include "native/crypto/random.h"

namespace cryptobroker {
namespace {

// A random UUID (RFC 9562 §5.4).
std::string new_incident(const LibraryContext& context) {
  std::array<std::uint8_t, 16> octets{};
  if (!fill_random(context, octets)) {
    // A FIPS module in its error state makes no random bytes, and just then the log line must be
    // found. An incident id protects nothing: the system's generator is as good.
    [[maybe_unused]] const int result = getentropy(octets.data(), octets.size());
  }
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0f) | 0x40);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3f) | 0x80);
  std::string text = to_hex(octets);
  for (const std::size_t hyphen : {8, 13, 18, 23}) {
    text.insert(hyphen, 1, '-');
  }
  return text;
}

}  // namespace

CallFailure failure_of(const LibraryContext& context, const Refusal& refusal) {
  const GrpcStatus status = grpc_status_of(refusal.code);
  const std::string_view code = stable_code_name(refusal.code);
  if (status == GrpcStatus::kInternal) {
    CallFailure failure =
        internal_failure(context, std::string(code).append(": ").append(refusal.message));
    failure.core_fault = refusal.code == StableCode::SELF_CHECK_FAILED;
    return failure;
  }
  CallFailure failure;
  failure.status = status;
  failure.code = code;
  failure.details = printable_details(refusal.message);
  return failure;
}

CallFailure failure_of(const LibraryContext& context, const Error& error) {
  const StableCode code = stable_code_of(error.code);
  return failure_of(context, error.field.empty() ? Refusal{code, error.message}
                                                 : refuse(code, error.field, error.message));
}

CallFailure internal_failure(const LibraryContext& context, std::string cause) {
  CallFailure failure;
  failure.status = GrpcStatus::kInternal;
  failure.code = stable_code_name(StableCode::INTERNAL);
  failure.incident = new_incident(context);
  failure.details = "internal error, incident " + failure.incident;
  failure.cause = std::move(cause);
  return failure;
}

}  // namespace cryptobroker
