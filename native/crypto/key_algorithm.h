// The kinds of key that certificates are issued for and signed with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cryptobroker {

enum class KeyAlgorithm : std::uint8_t { kRsa, kEcdsa };
enum class Curve : std::uint8_t { kP256, kP384, kP521 };

struct CurveInfo {
  const char* name;  // as FIPS 186-5 and OpenSSL spell it
  int bits;
  std::size_t field_bytes;
};
// In the order of Curve.
inline constexpr std::array<CurveInfo, 3> kCurves = {
    {{"P-256", 256, 32}, {"P-384", 384, 48}, {"P-521", 521, 66}}};

constexpr const CurveInfo& curve_info(Curve curve) {
  return kCurves[static_cast<std::size_t>(curve)];
}

constexpr std::string_view key_algorithm_name(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kRsa ? "RSA" : "ECDSA";
}

// What the rules of a profile look at.
struct KeyKind {
  KeyAlgorithm algorithm = KeyAlgorithm::kEcdsa;
  Curve curve = Curve::kP256;  // of an ECDSA key
  int bits = 0;                // RSA: length of the modulus; ECDSA: size of the field
};

}  // namespace cryptobroker
