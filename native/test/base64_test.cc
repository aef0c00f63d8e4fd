#include "native/crypto/base64.h"

#include <gtest/gtest.h>

#include <string>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

std::string decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  return bytes ? text_of(bytes->view()) : "refused";
}

std::string encoded(std::string_view text) {
  std::string out;
  append_base64_lines(out, bytes_of(text));
  return out;
}

// RFC 4648 §10.
TEST(Base64, KnowsTheExamplesOfRfc4648) {
  for (const auto& [plain, base64] : {std::pair{"f", "Zg=="},
                                      {"fo", "Zm8="},
                                      {"foo", "Zm9v"},
                                      {"foob", "Zm9vYg=="},
                                      {"fooba", "Zm9vYmE="},
                                      {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(decoded(base64), plain);
    EXPECT_EQ(encoded(plain), std::string(base64) + "\n");
  }
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(encoded(""), "");
}

TEST(Base64, RoundTripsEveryOctetAtEveryPosition) {
  std::string all;
  for (int repeat = 0; repeat < 3; ++repeat) {
    for (int octet = 0; octet < 256; ++octet) {
      all += static_cast<char>(octet);
    }
    all += 'x';  // shifts the next round by one
  }
  EXPECT_EQ(decoded(encoded(all)), all);
}

TEST(Base64, BreaksLinesAfter64Characters) {
  EXPECT_EQ(encoded(std::string(49, '\0')), std::string(64, 'A') + "\nAA==\n");
  EXPECT_EQ(encoded(std::string(48, '\0')), std::string(64, 'A') + "\n");
}

TEST(Base64, SkipsSpaceAnywhere) { EXPECT_EQ(decoded(" Zm\r\n9v\tYg\n=\n=\n"), "foob"); }

TEST(Base64, RefusesEveryCharacterOutsideTheAlphabet) {
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 && c < 0x80;
    const bool symbol = character == '+' || character == '/';
    const bool space =
        character == ' ' || character == '\t' || character == '\r' || character == '\n';
    const std::string text = std::string("AAA") + character;
    if (space) {
      EXPECT_EQ(decoded(text), "refused") << "three characters are left";
    } else if (character != '=') {
      EXPECT_EQ(decoded(text) != "refused", allowed || symbol) << c;
    }
  }
}

TEST(Base64, RefusesWrongPaddingAndStrayBits) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zg===", "====", "=Zg=", "Zm9v=", "Zg==Zg==",
                           "Zh==",  // the four spare bits are 0001
                           "Zm9=",  // the two spare bits are 01
                           "Zm9vYg"}) {
    EXPECT_EQ(decoded(text), "refused") << text;
  }
}

}  // namespace
}  // namespace cryptobroker::testing
