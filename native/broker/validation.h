// The rules for request fields that all methods share: src/broker/validation.ts, in the same words.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "native/broker/refusal.h"
#include "native/broker/request_metadata.h"

namespace cryptobroker {

// Limits of request fields, in bytes; lists in entries. They are the original's.
struct FieldLimits {
  static constexpr std::size_t kProfile = 64;
  static constexpr std::size_t kMetadataId = 128;
  static constexpr std::size_t kCorrelationId = 128;
  static constexpr std::size_t kTraceId = 32;
  static constexpr std::size_t kSpanId = 16;
  static constexpr std::size_t kTraceFlags = 2;
  static constexpr std::size_t kTraceState = 512;
  static constexpr std::size_t kHashInput = 1024 * 1024;
  static constexpr std::size_t kPem = 64 * 1024;
  static constexpr std::size_t kSubject = 1024;
  static constexpr std::size_t kCrlDistributionPoints = 16;
  static constexpr std::size_t kCrlDistributionPoint = 2048;
};

// FIELD_REQUIRED, FIELD_TOO_LARGE. Whether the profile exists is another question.
Checked check_profile_name(std::string_view profile);

// What is echoed or logged: FIELD_TOO_LARGE, FIELD_NOT_PRINTABLE.
Checked check_metadata(const std::optional<RequestMetadata>& metadata);

// FIELD_REQUIRED for an empty field.
Checked check_required(std::string_view field, std::size_t size);

// FIELD_TOO_LARGE for more than `max` bytes.
Checked check_size(std::string_view field, std::size_t size, std::size_t max);

// FIELD_TOO_MANY for more than `max` entries.
Checked check_count(std::string_view field, std::size_t count, std::size_t max);

}  // namespace cryptobroker
