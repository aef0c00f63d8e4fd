// Proves at start which library and which provider answer. Any doubt fails with SELF_CHECK_FAILED
// and the check's name.
#pragma once

#include <openssl/types.h>

#include <vector>

#include "native/crypto/errors.h"
#include "native/crypto/library_context.h"

namespace cryptobroker {

struct SelfCheckSubject {
  OSSL_LIB_CTX* context = nullptr;
  const char* properties = nullptr;
  // The provider that is to answer: fips, or default when FIPS is off.
  const OSSL_PROVIDER* provider = nullptr;
  FipsMode fips = FipsMode::kRequired;
  const std::vector<SelfTest>* self_tests = nullptr;
};

Status self_check(const SelfCheckSubject& subject);

}  // namespace cryptobroker
