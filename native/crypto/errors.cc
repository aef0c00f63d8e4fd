#include "native/crypto/errors.h"

#include <openssl/err.h>

#include "native/crypto/library_context.h"

namespace cryptobroker {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
#define CRYPTOBROKER_ERROR_NAME(name) \
  case ErrorCode::name:               \
    return #name;
    CRYPTOBROKER_ERROR_CODES(CRYPTOBROKER_ERROR_NAME)
#undef CRYPTOBROKER_ERROR_NAME
  }
  return "INTERNAL";
}

Error internal_error(std::string_view step) {
  ERR_clear_error();
  // A FIPS module that has failed a conditional test answers nothing any more (FIPS 140-3 §7.10):
  // that is not one request's misfortune, and the caller must be able to tell and stop the process.
  const LibraryContext* context = LibraryContext::get();
  if (context != nullptr && !context->provider_running()) {
    return {ErrorCode::SELF_CHECK_FAILED, "the provider has entered its error state", {}};
  }
  return {ErrorCode::INTERNAL, std::string(step) + " failed", {}};
}

ErrorQueueGuard::~ErrorQueueGuard() { ERR_clear_error(); }

}  // namespace cryptobroker
