#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/crypto/der_reader.h"
#include "native/crypto/der_writer.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// What a reader makes of the bytes: the result of `read` in hexadecimal, or `malformed`.
template <typename Read>
std::string reading(std::string_view hex, Read read) {
  const ByteVector input = from_hex(hex);
  bool malformed = false;
  DerReader reader(input, malformed);
  const std::string content = hex_of(read(reader));
  reader.finish();
  return malformed ? "malformed" : content;
}

std::string any(std::string_view hex) {
  return reading(hex, [](DerReader& reader) { return reader.read_any().content; });
}
std::string number(std::string_view hex) {
  return reading(hex, [](DerReader& reader) { return reader.read_unsigned(); });
}
std::string bits(std::string_view hex) {
  return reading(hex, [](DerReader& reader) { return reader.read_bits(); });
}
std::string oid(std::string_view hex) {
  return reading(hex, [](DerReader& reader) { return reader.read_oid(); });
}

TEST(DerReader, ReadsShortAndLongLengths) {
  EXPECT_EQ(any("0400"), "");
  EXPECT_EQ(any("0403 010203"), "010203");
  EXPECT_EQ(any("048180" + std::string(256, 'a')), std::string(256, 'a'));
  EXPECT_EQ(any("04820100" + std::string(512, 'b')), std::string(512, 'b'));
}

TEST(DerReader, RefusesLengthsThatAreNotDer) {
  for (const char* hex :
       {"", "04", "0480", "0480 0000", "0401", "0402 01", "0481 00",
        "04817f"
        "00",
        "048200ff", "0483000100", "0484 00000001 00", "0485 0000000001 00", "04ff"}) {
    EXPECT_EQ(any(hex), "malformed") << hex;
  }
  // 127 bytes need no long form, and 255 no third octet, even when the bytes are there.
  EXPECT_EQ(any("04817f" + std::string(254, 'a')), "malformed");
  EXPECT_EQ(any("048200ff" + std::string(510, 'a')), "malformed");
}

TEST(DerReader, RefusesHighTagNumbers) { EXPECT_EQ(any("1f8101 00"), "malformed"); }

TEST(DerReader, RefusesTrailingBytes) {
  EXPECT_EQ(any("0500 00"), "malformed");
  EXPECT_TRUE(is_one_der_element(from_hex("0500")));
  EXPECT_FALSE(is_one_der_element(from_hex("0500 00")));
  EXPECT_FALSE(is_one_der_element(from_hex("0501")));
  EXPECT_FALSE(is_one_der_element({}));
}

TEST(DerReader, ReadsOnlyMinimalNumbersThatAreNotNegative) {
  EXPECT_EQ(number("020100"), "");
  EXPECT_EQ(number("02017f"), "7f");
  EXPECT_EQ(number("02020080"), "80");
  for (const char* hex :
       {"0200", "020180", "0202007f", "0202ff80", "0203000080", "030100", "0500"}) {
    EXPECT_EQ(number(hex), "malformed") << hex;
  }
}

TEST(DerReader, ReadsBitStringsOfWholeOctets) {
  EXPECT_EQ(bits("030300ffee"), "ffee");
  EXPECT_EQ(bits("030100"), "");
  for (const char* hex : {"0300", "030201fe", "040100"}) {
    EXPECT_EQ(bits(hex), "malformed") << hex;
  }
}

TEST(DerReader, ReadsOnlyCompleteObjectIdentifiers) {
  EXPECT_EQ(oid("06082a8648ce3d030107"), "2a8648ce3d030107");
  for (const char* hex : {"0600", "060186", "06022a80",
                          "0603"
                          "2a8001",
                          "060180"}) {
    EXPECT_EQ(oid(hex), "malformed") << hex;
  }
}

TEST(DerReader, StaysAtItsEndAfterTheFirstFault) {
  const ByteVector input = from_hex("3003 0201ff 0201 07");
  bool malformed = false;
  DerReader outer(input, malformed);
  DerReader inner = outer.enter(kSequence);
  EXPECT_TRUE(inner.next_is(kInteger));
  EXPECT_TRUE(inner.read_unsigned().empty());
  EXPECT_TRUE(malformed);
  EXPECT_TRUE(outer.at_end());
  EXPECT_FALSE(outer.next_is(kInteger));
  EXPECT_EQ(outer.read_any().tag, 0);
}

TEST(DerReader, WritesObjectIdentifiersWithDots) {
  EXPECT_EQ(oid_text(from_hex("2a8648ce3d0201")), "1.2.840.10045.2.1");
  EXPECT_EQ(oid_text(from_hex("551d0e")), "2.5.29.14");
  EXPECT_EQ(oid_text(from_hex("883703")), "2.999.3");
  EXPECT_LE(oid_text(ByteVector(500, 1)).size(), 70u);
}

TEST(DerReader, CountsBits) {
  EXPECT_EQ(bit_length({}), 0);
  EXPECT_EQ(bit_length(from_hex("01")), 1);
  EXPECT_EQ(bit_length(from_hex("80")), 8);
  EXPECT_EQ(bit_length(from_hex("0100")), 9);
}

TEST(DerWriter, WritesLengthsInTheirShortestForm) {
  for (const std::size_t size : {0u, 1u, 127u, 128u, 255u, 256u, 65535u, 65536u}) {
    const ByteVector content(size, 0x11);
    DerWriter direct(0);
    direct.element(kOctetString, content);
    DerWriter nested(0);
    nested.nested(kOctetString, [&] { nested.raw(content); });
    const ByteVector encoding = std::move(direct).take();
    EXPECT_EQ(encoding, std::move(nested).take()) << size;
    const auto element = first_der_element(encoding);
    ASSERT_TRUE(element.has_value() || size > 65536) << size;
    EXPECT_EQ(element->content.size(), size);
  }
}

TEST(DerWriter, WritesNumbersMinimally) {
  const auto written = [](std::string_view hex) {
    DerWriter out(0);
    out.unsigned_integer(from_hex(hex));
    return hex_of(std::move(out).take());
  };
  EXPECT_EQ(written("00"), "020100");
  EXPECT_EQ(written("0000"), "020100");
  EXPECT_EQ(written("7f"), "02017f");
  EXPECT_EQ(written("80"), "02020080");
  EXPECT_EQ(written("00000001"), "020101");
}

}  // namespace
}  // namespace cryptobroker::testing
