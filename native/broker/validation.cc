#include "native/broker/validation.h"

#include <string>

#include "native/broker/ascii.h"

namespace cryptobroker {
namespace {

Checked check_printable(std::string_view field, std::string_view value, std::size_t max) {
  if (auto refused = check_size(field, value.size(), max)) {
    return refused;
  }
  if (!is_printable_ascii(value)) {
    return refuse(StableCode::FIELD_NOT_PRINTABLE, field,
                  "must contain only printable ASCII characters (0x20-0x7E)");
  }
  return {};
}

Checked check_trace_context(const TraceContext& trace) {
  struct Part {
    std::string_view field;
    std::string_view value;
    std::size_t max;
  };
  const Part parts[] = {
      {"metadata.traceContext.traceId", trace.trace_id, FieldLimits::kTraceId},
      {"metadata.traceContext.spanId", trace.span_id, FieldLimits::kSpanId},
      {"metadata.traceContext.traceFlags", trace.trace_flags, FieldLimits::kTraceFlags},
      {"metadata.traceContext.traceState", trace.trace_state, FieldLimits::kTraceState},
  };
  for (const Part& part : parts) {
    if (auto refused = check_size(part.field, part.value.size(), part.max)) {
      return refused;
    }
  }
  return check_printable("metadata.traceContext.correlationId", trace.correlation_id,
                         FieldLimits::kCorrelationId);
}

}  // namespace

Checked check_profile_name(std::string_view profile) {
  if (auto refused = check_required("profile", profile.size())) {
    return refused;
  }
  return check_size("profile", profile.size(), FieldLimits::kProfile);
}

Checked check_metadata(const std::optional<RequestMetadata>& metadata) {
  if (!metadata) {
    return {};
  }
  if (auto refused = check_printable("metadata.id", metadata->id, FieldLimits::kMetadataId)) {
    return refused;
  }
  return metadata->trace_context ? check_trace_context(*metadata->trace_context) : Checked{};
}

Checked check_required(std::string_view field, std::size_t size) {
  return size == 0 ? refuse(StableCode::FIELD_REQUIRED, field, "required") : Checked{};
}

Checked check_size(std::string_view field, std::size_t size, std::size_t max) {
  return size > max ? refuse(StableCode::FIELD_TOO_LARGE, field,
                             "too large (max " + std::to_string(max) + ")")
                    : Checked{};
}

Checked check_count(std::string_view field, std::size_t count, std::size_t max) {
  return count > max ? refuse(StableCode::FIELD_TOO_MANY, field,
                              "too many entries (max " + std::to_string(max) + ")")
                     : Checked{};
}

}  // namespace cryptobroker
