#include "native/crypto/x509_name.h"

#include <gtest/gtest.h>

#include <string>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// The name in hexadecimal, or the failure.
std::string encoded(std::string_view text) {
  const auto name = encode_subject(text);
  return name ? hex_of(name.value()) : outcome(name);
}

// One RDN with one attribute 2.5.4.x.
std::string rdn(std::string_view attribute, std::string_view type, std::string_view value) {
  const std::string content = hex_of(bytes_of(value));
  const auto length = [](std::size_t size) {
    return hex_of(ByteVector{static_cast<std::uint8_t>(size)});
  };
  const std::string pair =
      "0603" + std::string(attribute) + std::string(type) + length(value.size()) + content;
  return "31" + length(pair.size() / 2 + 2) + "30" + length(pair.size() / 2) + pair;
}
std::string sequence(const std::string& content) {
  return "30" + hex_of(ByteVector{static_cast<std::uint8_t>(content.size() / 2)}) + content;
}

constexpr const char* kPrintable = "13";
constexpr const char* kUtf8 = "0c";

TEST(EncodeSubject, KeepsOrderAndDuplicatesInRdnsOfTheirOwn) {
  EXPECT_EQ(encoded("C=DE, O=Test Org,OU=Dev,OU=Dev, L=x,ST=y,CN=z"),
            sequence(rdn("550406", kPrintable, "DE") + rdn("55040a", kPrintable, "Test Org") +
                     rdn("55040b", kPrintable, "Dev") + rdn("55040b", kPrintable, "Dev") +
                     rdn("550407", kPrintable, "x") + rdn("550408", kPrintable, "y") +
                     rdn("550403", kPrintable, "z")));
}

TEST(EncodeSubject, ChoosesPrintableStringOnlyForItsCharacters) {
  EXPECT_EQ(encoded("CN=aZ09 '()+-./:=?"), sequence(rdn("550403", kPrintable, "aZ09 '()+-./:=?")));
  for (const char* value : {"a*b", "a&b", "a@b", "a_b", "M\xc3\xbcller", "tab\there"}) {
    EXPECT_EQ(encoded(std::string("CN=") + value), sequence(rdn("550403", kUtf8, value)));
  }
}

TEST(EncodeSubject, SkipsEmptyPartsAndTrimsTheOthers) {
  const std::string expected = sequence(rdn("550403", kPrintable, "a"));
  for (const char* text : {",CN=a", "CN=a,", ",, CN=a ,\t,", "\n CN=a \r\n"}) {
    EXPECT_EQ(encoded(text), expected) << text;
  }
}

TEST(EncodeSubject, SplitsAtTheFirstEqualsSignAndAllowsAnEmptyValue) {
  EXPECT_EQ(encoded("CN=a=b"), sequence(rdn("550403", kPrintable, "a=b")));
  EXPECT_EQ(encoded("CN="), sequence(rdn("550403", kPrintable, "")));
}

TEST(EncodeSubject, RefusesWhatItCannotRead) {
  EXPECT_EQ(encoded("CN=a,X=1"), "SUBJECT_MALFORMED subject: 'X' is none of C, ST, O, OU, L, CN");
  EXPECT_EQ(encoded("cn=a"), "SUBJECT_MALFORMED subject: 'cn' is none of C, ST, O, OU, L, CN");
  EXPECT_EQ(encoded("CN =a"), "SUBJECT_MALFORMED subject: 'CN ' is none of C, ST, O, OU, L, CN");
  EXPECT_EQ(encoded("=a"), "SUBJECT_MALFORMED subject: '' is none of C, ST, O, OU, L, CN");
  EXPECT_EQ(encoded("CN=a,example"), "SUBJECT_MALFORMED subject: 'example' has no '='");
  EXPECT_EQ(encoded("CN=\xff"), "SUBJECT_MALFORMED subject: the value of CN is not UTF-8 text");
  EXPECT_EQ(encoded(std::string("O=a\0b", 5)),
            "SUBJECT_MALFORMED subject: the value of O is not UTF-8 text");
  EXPECT_EQ(encoded(""), "SUBJECT_MALFORMED subject: names no attribute");
  EXPECT_EQ(encoded(" , ,"), "SUBJECT_MALFORMED subject: names no attribute");
}

TEST(EncodeSubject, ShowsTheCallersWordsShortAndPrintable) {
  EXPECT_EQ(encoded(std::string(100, 'k') + "=v"), "SUBJECT_MALFORMED subject: '" +
                                                       std::string(40, 'k') +
                                                       "...' is none of C, ST, O, OU, L, CN");
  EXPECT_EQ(encoded("\x1b[2J\xc3\xa4=v"),
            "SUBJECT_MALFORMED subject: '?[2J?"
            "?' is none of C, ST, O, OU, L, CN");
}

TEST(EncodeSubject, TakesUpTo1024Bytes) {
  EXPECT_TRUE(encode_subject("CN=" + std::string(1021, 'a')));
  EXPECT_EQ(encoded("CN=" + std::string(1022, 'a')),
            "SUBJECT_MALFORMED subject: is longer than 1024 bytes");
}

bool valid(const std::string& hex) { return is_valid_name(from_hex(hex)); }

TEST(IsValidName, AcceptsStringsOfTheirCharacters) {
  EXPECT_TRUE(valid("3000"));
  EXPECT_TRUE(valid(sequence(rdn("550403", kPrintable, "a*&b"))));
  EXPECT_TRUE(valid(sequence(rdn("550403", "16", "a@b"))));
  EXPECT_TRUE(valid(sequence(rdn("550403", "12", "12 3"))));
  EXPECT_TRUE(valid(sequence(rdn("550403", "14", "\xe4"))));
  EXPECT_TRUE(valid(sequence(rdn("550403", "1e", "ab"))));
  EXPECT_TRUE(valid(sequence(rdn("550403", "1c", std::string("\0\x10\xff\xff", 4)))));
  // Two attributes in one RDN.
  EXPECT_TRUE(valid("3018 3116 3009 0603550403 1302 6161 3009 0603550407 1302 6262"));
}

TEST(IsValidName, RefusesStringsWithOtherCharacters) {
  EXPECT_FALSE(valid(sequence(rdn("550403", kPrintable, "a@b"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", kUtf8, "\xff"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", "16", "\x80"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", "12", "a"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", "1e", "abc"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", "1e",
                                  "\xd8"
                                  "a"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", "1c", "ab"))));
  EXPECT_FALSE(valid(sequence(rdn("550403", "1c", std::string("\0\x11\0\0", 4)))));
}

TEST(IsValidName, RefusesValuesThatAreNoStrings) {
  // NULL, BIT STRING, GeneralizedTime, PrintableString with a context-specific tag,
  // end-of-contents.
  for (const char* type : {"05", "03", "18", "93", "00"}) {
    EXPECT_FALSE(valid(sequence(rdn("550403", type, "")))) << type;
  }
}

TEST(IsValidName, RefusesOtherStructures) {
  for (const char* hex : {"", "3100", "3002 3100", "3002 3000", "3000 00",
                          "3009 3107 3005 0603550403",          // no value
                          "300b 3109 3007 0603550403 3000",     // a constructed value
                          "300c 310a 3008 0603550403 0500 00",  // something behind it
                          "3080 0000"}) {
    EXPECT_FALSE(valid(hex)) << hex;
  }
}

}  // namespace
}  // namespace cryptobroker::testing
