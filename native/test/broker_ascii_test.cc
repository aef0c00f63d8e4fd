#include <gtest/gtest.h>

#include <string>

#include "native/broker/ascii.h"

namespace cryptobroker::testing {
namespace {

TEST(BrokerAscii, IsFoundOutOfEveryOctetAtEveryPlaceOfTextsOfEveryLength) {
  for (std::size_t length = 1; length <= 26; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      for (int octet = 0; octet < 256; ++octet) {
        // Its neighbours are the ends of what is printable.
        std::string text(length, place % 2 == 0 ? '~' : ' ');
        text[place] = static_cast<char>(octet);
        ASSERT_EQ(is_ascii(text), octet < 0x80) << length << " " << place << " " << octet;
        ASSERT_EQ(is_printable_ascii(text), octet >= 0x20 && octet <= 0x7e)
            << length << " " << place << " " << octet;
      }
    }
  }
}

TEST(BrokerAscii, IsTheEmptyText) {
  EXPECT_TRUE(is_ascii({}));
  EXPECT_TRUE(is_printable_ascii({}));
}

}  // namespace
}  // namespace cryptobroker::testing
