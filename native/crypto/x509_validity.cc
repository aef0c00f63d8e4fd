#include "native/crypto/x509_validity.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>

namespace cryptobroker {

namespace {

// 1950-01-01 00:00:00 to 9999-12-31 23:59:59, UTC.
constexpr std::int64_t kEarliest = -631152000;
constexpr std::int64_t kLatest = 253402300799;
// 2050-01-01 00:00:00 UTC.
constexpr std::int64_t kFirstGeneralizedTime = 2524608000;

Error refused(ErrorCode code, const char* field, std::string message) {
  return {code, std::move(message), field};
}

// The requested time, else now + offset; nothing when no certificate can hold it.
std::optional<std::int64_t> pick(std::optional<std::uint64_t> requested, std::int64_t now,
                                 std::int64_t offset) {
  std::int64_t time = 0;
  if (requested) {
    if (*requested > static_cast<std::uint64_t>(kLatest)) {
      return std::nullopt;
    }
    time = static_cast<std::int64_t>(*requested);
  } else if (__builtin_add_overflow(now, offset, &time)) {
    return std::nullopt;
  }
  return time < kEarliest || time > kLatest ? std::nullopt : std::optional(time);
}

// now + offset; when no certificate can hold that, the first time beyond what one can.
std::int64_t window_edge(std::int64_t now, std::int64_t offset) {
  std::int64_t edge = 0;
  if (__builtin_add_overflow(now, offset, &edge)) {
    edge = offset < 0 ? kEarliest - 1 : kLatest + 1;
  }
  return std::clamp(edge, kEarliest - 1, kLatest + 1);
}

void write_time(DerWriter& out, std::int64_t time) {
  using std::chrono::days;
  using std::chrono::seconds;
  const std::chrono::sys_seconds point{seconds(time)};
  const auto midnight = std::chrono::floor<days>(point);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(point - midnight);
  const bool generalized = time >= kFirstGeneralizedTime;
  const int year = static_cast<int>(date.year());

  std::array<char, 32> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%0*d%02u%02u%02d%02d%02dZ", generalized ? 4 : 2,
      generalized ? year : year % 100, static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  out.element(
      generalized ? kGeneralizedTime : kUtcTime,
      Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::size_t>(length)));
}

}  // namespace

Result<Validity> choose_validity(const ValidityWindow& window, std::int64_t now,
                                 std::optional<std::uint64_t> not_before,
                                 std::optional<std::uint64_t> not_after) {
  const auto begin = pick(not_before, now, window.not_before_offset);
  const auto end = pick(not_after, now, window.not_after_offset);
  if (!begin || !end) {
    return refused(ErrorCode::VALIDITY_UNREPRESENTABLE, begin ? "validNotAfter" : "validNotBefore",
                   "a certificate can only hold times from 1950 to 9999");
  }
  const std::int64_t earliest = window_edge(now, window.not_before_offset);
  const std::int64_t latest = window_edge(now, window.not_after_offset);
  if (not_before && *begin < earliest) {
    return refused(
        ErrorCode::VALIDITY_NOT_ALLOWED, "validNotBefore",
        std::to_string(earliest - *begin) + " seconds before the earliest time the profile allows");
  }
  if (not_after && *end > latest) {
    return refused(
        ErrorCode::VALIDITY_NOT_ALLOWED, "validNotAfter",
        std::to_string(*end - latest) + " seconds after the latest time the profile allows");
  }
  if (*begin > *end) {
    return refused(ErrorCode::VALIDITY_REVERSED, not_before ? "validNotBefore" : "validNotAfter",
                   "the certificate would end before it begins");
  }
  return Validity{*begin, *end};
}

void write_validity(DerWriter& out, const Validity& validity) {
  out.nested(kSequence, [&] {
    write_time(out, validity.not_before);
    write_time(out, validity.not_after);
  });
}

}  // namespace cryptobroker
