// From when until when a certificate is valid.
#pragma once

#include <cstdint>
#include <optional>

#include "native/crypto/der_writer.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

// The period a profile allows, in seconds from now, and the default one.
struct ValidityWindow {
  std::int64_t not_before_offset = 0;
  std::int64_t not_after_offset = 0;
};

// Both in seconds since 1970, both inclusive.
struct Validity {
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
};

// The requested times, or where one is missing the edge of the window. VALIDITY_UNREPRESENTABLE for
// a time before 1950 or after 9999 (RFC 5280 §4.1.2.5), VALIDITY_NOT_ALLOWED for a requested
// notBefore before the window or notAfter after it, VALIDITY_REVERSED when it would end before it
// begins.
Result<Validity> choose_validity(const ValidityWindow& window, std::int64_t now,
                                 std::optional<std::uint64_t> not_before,
                                 std::optional<std::uint64_t> not_after);

// Writes the Validity of RFC 5280 §4.1.2.5: UTCTime to 2049, GeneralizedTime from 2050 on.
void write_validity(DerWriter& out, const Validity& validity);

}  // namespace cryptobroker
