#include "native/crypto/x509_name.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "native/crypto/der_reader.h"
#include "native/crypto/der_writer.h"
#include "native/crypto/oids.h"
#include "native/crypto/shown_text.h"
#include "native/crypto/utf8.h"

namespace cryptobroker {

namespace {

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

// X.680 §41.4.
bool is_printable_string_character(std::uint8_t c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || is_digit(c) ||
         (c != 0 &&
          std::string_view(" '()+,-./:=?").find(static_cast<char>(c)) != std::string_view::npos);
}

// '*' and '&' do not belong into a PrintableString, but stand in so many that everybody reads them.
bool is_tolerated_in_printable_string(std::uint8_t c) {
  return is_printable_string_character(c) || c == '*' || c == '&';
}

// Big-endian numbers of `width` octets, each a Unicode scalar value.
bool are_code_points(Bytes content, std::size_t width) {
  if (content.size() % width != 0) {
    return false;
  }
  for (; !content.empty(); content = content.subspan(width)) {
    std::uint32_t code_point = 0;
    for (const std::uint8_t octet : content.first(width)) {
      code_point = code_point << 8 | octet;
    }
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff)) {
      return false;
    }
  }
  return true;
}

// One of the string types attributes have; others (numbers, times, structures) few could read.
bool is_valid_value(const DerElement& value) {
  const Bytes content = value.content;
  switch (value.tag) {
    case kUtf8String:
      return is_utf8(content);
    case kNumericString:
      return std::ranges::all_of(content, [](std::uint8_t c) { return is_digit(c) || c == ' '; });
    case kPrintableString:
      return std::ranges::all_of(content, is_tolerated_in_printable_string);
    case kTeletexString:
      return true;
    case kIa5String:
      return std::ranges::all_of(content, [](std::uint8_t c) { return c < 0x80; });
    case kBmpString:
      return are_code_points(content, 2);
    case kUniversalString:
      return are_code_points(content, 4);
    default:
      return false;
  }
}

struct SubjectAttribute {
  std::string_view key;
  Bytes oid;
};
constexpr std::array<SubjectAttribute, 6> kSubjectAttributes = {{
    {"C", oid::kCountry},
    {"ST", oid::kState},
    {"O", oid::kOrganization},
    {"OU", oid::kOrganizationalUnit},
    {"L", oid::kLocality},
    {"CN", oid::kCommonName},
}};

constexpr std::string_view kAsciiSpace = " \t\n\v\f\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kAsciiSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kAsciiSpace) - first + 1);
}

Error malformed(std::string message) {
  return {ErrorCode::SUBJECT_MALFORMED, std::move(message), "subject"};
}

Status write_entry(DerWriter& out, std::string_view entry) {
  const std::size_t equals = entry.find('=');
  if (equals == std::string_view::npos) {
    return malformed(shown(entry) + " has no '='");
  }
  const std::string_view key = entry.substr(0, equals);
  const auto attribute = std::ranges::find(kSubjectAttributes, key, &SubjectAttribute::key);
  if (attribute == kSubjectAttributes.end()) {
    return malformed(shown(key) + " is none of C, ST, O, OU, L, CN");
  }
  const std::string_view text = entry.substr(equals + 1);
  const Bytes value(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  if (!is_utf8(value) || std::ranges::find(value, 0) != value.end()) {
    return malformed("the value of " + std::string(key) + " is not UTF-8 text");
  }
  const bool printable = std::ranges::all_of(value, is_printable_string_character);
  out.nested(kSet, [&] {
    out.nested(kSequence, [&] {
      out.element(kOid, attribute->oid);
      out.element(printable ? kPrintableString : kUtf8String, value);
    });
  });
  return Done{};
}

}  // namespace

bool is_valid_name(Bytes encoding) {
  bool malformed = false;
  DerReader input(encoding, malformed);
  DerReader name = input.enter(kSequence);
  input.finish();
  while (!name.at_end()) {
    DerReader attributes = name.enter(kSet);
    do {
      DerReader attribute = attributes.enter(kSequence);
      attribute.read_oid();
      const DerElement value = attribute.read_any();
      attribute.finish();
      if (malformed || !is_valid_value(value)) {
        return false;
      }
    } while (!attributes.at_end());
  }
  return !malformed;
}

Result<std::vector<std::uint8_t>> encode_subject(std::string_view text) {
  if (text.size() > kMaxSubjectBytes) {
    return malformed("is longer than 1024 bytes");
  }
  DerWriter out(2 * text.size() + 16);
  Status status = Done{};
  std::size_t entries = 0;
  out.nested(kSequence, [&] {
    std::string_view rest = text;
    while (status && !rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view entry = trimmed(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (!entry.empty()) {
        status = write_entry(out, entry);
        ++entries;
      }
    }
  });
  if (!status) {
    return status.error();
  }
  if (entries == 0) {
    return malformed("names no attribute");
  }
  return std::move(out).take();
}

}  // namespace cryptobroker
