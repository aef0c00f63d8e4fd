#include "native/crypto/utf8.h"

#include <gtest/gtest.h>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

bool valid(std::string_view hex) { return is_utf8(from_hex(hex)); }

TEST(Utf8, AcceptsTheFirstAndLastCodePointOfEveryLength) {
  for (const char* hex : {"", "00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf",
                          "f0908080", "f48fbfbf", "41c3a441"}) {
    EXPECT_TRUE(valid(hex)) << hex;
  }
}

TEST(Utf8, RefusesWhatRfc3629Forbids) {
  for (const char* hex : {"80", "bf", "c0af", "c1bf", "e09fbf", "eda080", "edbfbf", "f08fbfbf",
                          "f4908080", "f5808080", "ff", "c3", "c341", "e282", "e28241", "f09f98"}) {
    EXPECT_FALSE(valid(hex)) << hex;
  }
}

}  // namespace
}  // namespace cryptobroker::testing
