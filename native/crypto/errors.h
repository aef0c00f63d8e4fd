// The failures of the native core. Every one has a stable code, a row of src/errors/codes.ts, and a
// text of ours that is safe to show: OpenSSL's own text never leaves this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cryptobroker {

#define CRYPTOBROKER_ERROR_CODES(X) \
  X(CSR_MALFORMED)                  \
  X(CSR_SIGNATURE_INVALID)          \
  X(CA_CERT_MALFORMED)              \
  X(CA_KEY_MALFORMED)               \
  X(CA_KEY_ENCRYPTED)               \
  X(CA_KEY_MISMATCH)                \
  X(KEY_UNSUPPORTED)                \
  X(SUBJECT_KEY_NOT_ALLOWED)        \
  X(ISSUER_KEY_NOT_ALLOWED)         \
  X(SIGNATURE_ALGORITHM_MISMATCH)   \
  X(VALIDITY_NOT_ALLOWED)           \
  X(VALIDITY_REVERSED)              \
  X(VALIDITY_UNREPRESENTABLE)       \
  X(SUBJECT_MALFORMED)              \
  X(ALGORITHM_UNSUPPORTED)          \
  X(INPUT_INVALID)                  \
  X(OUTPUT_TOO_SMALL)               \
  X(UNWRAP_FAILED)                  \
  X(DECRYPT_FAILED)                 \
  X(KEY_HANDLE_CLOSED)              \
  X(DATA_KEY_TAMPERED)              \
  X(KEY_FILE_EXISTS)                \
  X(KEY_FILE_UNUSABLE)              \
  X(QUEUE_FULL)                     \
  X(INTERNAL)                       \
  X(FIPS_MODULE_MISSING)            \
  X(FIPS_MODULE_REFUSED)            \
  X(SELF_CHECK_FAILED)              \
  X(ALREADY_INITIALIZED)            \
  X(MEMORY_NOT_LOCKED)

enum class ErrorCode {
#define CRYPTOBROKER_ERROR_ENUM(name) name,
  CRYPTOBROKER_ERROR_CODES(CRYPTOBROKER_ERROR_ENUM)
#undef CRYPTOBROKER_ERROR_ENUM
};

// The code as src/errors/codes.ts spells it.
std::string_view error_code_name(ErrorCode code);

// A failure: `message` starts lower-case, has no full stop and holds no secret and no path. `field`
// is the request field the failure is about ("csr", "caCert", "caPrivateKey", "subject", …), or
// empty.
struct Error {
  ErrorCode code = ErrorCode::INTERNAL;
  std::string message;
  std::string field;
};

// A value or an Error. Nothing in native/crypto throws.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Not explicit, so that a function returns its value or its error as they are.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
struct Done {};
using Status = Result<Done>;

// Fails with INTERNAL and the name of the step, which is ours; what OpenSSL said is dropped with
// its queue.
Error internal_error(std::string_view step);

// Leaves OpenSSL's error queue empty when a call of ours ends, however it ends, so that no call
// sees another's errors.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() = default;
  ~ErrorQueueGuard();
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

}  // namespace cryptobroker
