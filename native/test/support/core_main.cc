#include <gtest/gtest.h>

#include "native/test/support/context.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  cryptobroker::testing::enter_fips_mode();
  return RUN_ALL_TESTS();
}
