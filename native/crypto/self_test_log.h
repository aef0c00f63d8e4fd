// Collects the FIPS module's self tests as they run.
#pragma once

#include <openssl/types.h>

#include <string>
#include <vector>

#include "native/crypto/library_context.h"

namespace cryptobroker {

// Listens on one library context from construction to destruction. The module reports on the thread
// that loads it; tests it makes later (pairwise consistency of new keys) come from any thread, and
// are no longer listened to by then.
class SelfTestLog {
 public:
  explicit SelfTestLog(OSSL_LIB_CTX* context);
  ~SelfTestLog();
  SelfTestLog(const SelfTestLog&) = delete;
  SelfTestLog& operator=(const SelfTestLog&) = delete;

  const std::vector<SelfTest>& tests() const { return tests_; }
  // `KAT_Digest SHA2` of the first test that did not pass; empty when all did.
  std::string first_failure() const;

 private:
  static int on_event(const OSSL_PARAM params[], void* log);

  OSSL_LIB_CTX* context_;
  std::vector<SelfTest> tests_;
};

}  // namespace cryptobroker
