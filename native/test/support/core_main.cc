#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include "native/test/support/context.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  cryptobroker::testing::enter_fips_mode();
  const int result = RUN_ALL_TESTS();
  // The main thread's random generators, which LeakSanitizer would report: OpenSSL frees them when
  // a thread ends.
  OPENSSL_thread_stop();
  return result;
}
