#include <gtest/gtest.h>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>

#include "native/broker/wire_reader.h"
#include "native/broker/wire_writer.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// Reads all fields of a message: text 1, message 3, anything else as it comes.
void read(WireReader reader, std::string& seen) {
  while (reader.next()) {
    seen += " " + std::to_string(reader.tag());
    if (reader.tag() == delimited_tag(1)) {
      std::string_view text;
      reader.text(text);
      seen += "=" + std::string(text);
    } else if (reader.tag() == delimited_tag(3)) {
      seen += "{";
      read(reader.message(), seen);
      seen += " }";
    } else if ((reader.tag() & 7) == 0) {
      seen += "=" + std::to_string(reader.number());
    }
  }
}

// What is read, or why it is not.
std::string result_of(Bytes message) {
  WireCheck check;
  std::string seen;
  read(WireReader(message, check), seen);
  return check.malformed.empty() ? seen : check.malformed;
}
std::string result_of_hex(std::string_view hex) {
  ByteVector message = from_hex(hex);
  message.shrink_to_fit();
  return result_of(message);
}

TEST(BrokerWireReader, ReadsFieldsOfEveryWireType) {
  EXPECT_EQ(result_of_hex(""), "");
  EXPECT_EQ(result_of_hex("0a03616263"), " 10=abc");
  EXPECT_EQ(result_of_hex("0a00"), " 10=");
  EXPECT_EQ(result_of_hex("7801 79 0000000000000000 7a01ff 7d00000000"), " 120=1 121 122 125");
  EXPECT_EQ(result_of_hex("1a050a03616263 2000"), " 26{ 10=abc } 32=0");
  EXPECT_EQ(result_of_hex("f8ffffff0f00"), " 4294967288=0");
}

TEST(BrokerWireReader, ReadsNumbersOfTenOctetsAsTheirLow64Bits) {
  EXPECT_EQ(result_of_hex("20ffffffffffffffffff01"), " 32=18446744073709551615");
  EXPECT_EQ(result_of_hex("20ffffffffffffffffff7f"), " 32=18446744073709551615");
  EXPECT_EQ(result_of_hex("2080808080808080808002"), " 32=0");
}

TEST(BrokerWireReader, RefusesWhatIsNotOneWholeMessage) {
  EXPECT_EQ(result_of_hex("00"), "field number 0");
  EXPECT_EQ(result_of_hex("0b0c"), "field 1 has wire type 3");
  EXPECT_EQ(result_of_hex("0c"), "field 1 has wire type 4");
  EXPECT_EQ(result_of_hex("ffffffff0f"), "field 536870911 has wire type 7");
  EXPECT_EQ(result_of_hex("80"), "it ends inside a field");
  EXPECT_EQ(result_of_hex("20ff"), "it ends inside a field");
  EXPECT_EQ(result_of_hex("0a80"), "it ends inside a field");
  EXPECT_EQ(result_of_hex("0a0561"), "a field is longer than its message");
  EXPECT_EQ(result_of_hex("0d000000"), "a field is longer than its message");
  EXPECT_EQ(result_of_hex("0900000000000000"), "a field is longer than its message");
  EXPECT_EQ(result_of_hex("0affffffff0f"), "a field is longer than its message");
  EXPECT_EQ(result_of_hex("0a8080808010"), "a tag or length has more than 32 bits");
  EXPECT_EQ(result_of_hex("808080808000"), "a tag or length has more than 32 bits");
  EXPECT_EQ(result_of_hex("20ffffffffffffffffffff01"), "a number has more than 64 bits");
}

TEST(BrokerWireReader, RefusesAnInnerMessageThatIsNotWhole) {
  EXPECT_EQ(result_of_hex("1a020a05616263"), "a field is longer than its message");
  EXPECT_EQ(result_of_hex("1a030a01ff 0a0161"), "a text is not UTF-8");
  EXPECT_EQ(result_of_hex("1a021a00"), " 26{ 26{ } }");
}

TEST(BrokerWireReader, RefusesTextsThatAreNotUtf8WhereverTheyStopBeing) {
  for (std::size_t before = 0; before < 20; ++before) {
    ByteVector message;
    WireWriter writer(message);
    writer.text(1, std::string(before, 'a') + "\xc3\x28");
    EXPECT_EQ(result_of(message), "a text is not UTF-8");
    message.clear();
    writer.text(1, std::string(before, 'a') + "\u00e9");
    EXPECT_EQ(result_of(message), " 10=" + std::string(before, 'a') + "\u00e9");
  }
}

TEST(BrokerWireReader, CountsTheFieldsOfAMessageAndOfThoseInside) {
  ByteVector inner;
  for (std::size_t i = 0; i < WireCheck::kMaxFields - 1; ++i) {
    WireWriter(inner).number(15, 0);
  }
  ByteVector outer;
  WireWriter(outer).bytes(3, inner);
  EXPECT_NE(result_of(outer), "more than 4096 fields");
  WireWriter(outer).number(15, 0);
  EXPECT_EQ(result_of(outer), "more than 4096 fields");
}

TEST(BrokerWireWriter, WritesWhatProtozeroReads) {
  ByteVector message;
  WireWriter writer(message);
  const std::string long_text(300, 'x');
  writer.text(1, "abc");
  writer.text(2, "");
  writer.present_text(2000, long_text);
  writer.number(3, 0xffff'ffff'ffff'ffffU);
  const MutableBytes room = writer.room(4, 2);
  room[0] = 7;
  room[1] = 8;
  writer.begin(5, text_size(1, "y"));
  writer.text(1, "y");

  protozero::pbf_reader reader(reinterpret_cast<const char*>(message.data()), message.size());
  ASSERT_TRUE(reader.next(1));
  EXPECT_EQ(reader.get_string(), "abc");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.tag(), 2000U);
  EXPECT_EQ(reader.get_string(), long_text);
  ASSERT_TRUE(reader.next(3));
  EXPECT_EQ(reader.get_uint64(), 0xffff'ffff'ffff'ffffU);
  ASSERT_TRUE(reader.next(4));
  EXPECT_EQ(reader.get_bytes(), "\x07\x08");
  ASSERT_TRUE(reader.next(5));
  protozero::pbf_reader inner = reader.get_message();
  ASSERT_TRUE(inner.next(1));
  EXPECT_EQ(inner.get_string(), "y");
  EXPECT_FALSE(reader.next());
}

TEST(BrokerWireWriter, SaysHowMuchItWillWrite) {
  for (const std::size_t length : {0UL, 1UL, 127UL, 128UL, 16383UL, 16384UL}) {
    for (const std::uint32_t field : {1U, 15U, 16U, 2047U, 2048U}) {
      ByteVector message;
      WireWriter(message).present_text(field, std::string(length, 'a'));
      EXPECT_EQ(message.size(), delimited_size(field, length));
      message.clear();
      WireWriter(message).text(field, std::string(length, 'a'));
      EXPECT_EQ(message.size(), text_size(field, std::string(length, 'a')));
    }
  }
}

}  // namespace
}  // namespace cryptobroker::testing
