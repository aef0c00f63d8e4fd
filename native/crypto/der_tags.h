// Identifier octets of the ASN.1 types that certificates and keys are made of (X.690 §8.1.2).
#pragma once

#include <cstdint>

namespace cryptobroker {

enum DerTag : std::uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kUtf8String = 0x0c,
  kNumericString = 0x12,
  kPrintableString = 0x13,
  kTeletexString = 0x14,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kUniversalString = 0x1c,
  kBmpString = 0x1e,
  kSequence = 0x30,
  kSet = 0x31,
};

// [number], IMPLICIT over a primitive type.
constexpr std::uint8_t context_primitive(std::uint8_t number) {
  return static_cast<std::uint8_t>(0x80 | number);
}

// [number], EXPLICIT, or IMPLICIT over a constructed type.
constexpr std::uint8_t context_constructed(std::uint8_t number) {
  return static_cast<std::uint8_t>(0xa0 | number);
}

}  // namespace cryptobroker
