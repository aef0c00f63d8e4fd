#include "native/dataplane/log_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cryptobroker {
namespace {

constexpr std::size_t kLongest = 128;  // characters of a text that came from the client

constexpr std::array<std::string_view, 17> kStatusNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

void append_integer(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// As JavaScript writes value / 1000: no trailing zeros, no point without digits behind it.
void append_thousandths(std::string& out, std::uint64_t value) {
  append_integer(out, value / 1000);
  const auto rest = static_cast<unsigned>(value % 1000);
  if (rest == 0) {
    return;
  }
  std::array<char, 4> text = {'.', static_cast<char>('0' + rest / 100),
                              static_cast<char>('0' + rest / 10 % 10),
                              static_cast<char>('0' + rest % 10)};
  std::size_t length = text.size();
  while (text[length - 1] == '0') {
    --length;
  }
  out.append(text.data(), length);
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escape(std::string& out, char c) {
  constexpr std::string_view kNamed = "\b\t\n\f\r\"\\";
  constexpr std::string_view kNames = "btnfr\"\\";
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (const std::size_t named = kNamed.find(c); named != kNamed.npos) {
    out += '\\';
    out += kNames[named];
    return;
  }
  out.append("\\u00");
  out += kDigits[static_cast<std::size_t>(c) >> 4];
  out += kDigits[static_cast<std::size_t>(c) & 0xf];
}

// The inside of a JSON string, escaped as JSON.stringify does (ECMA-262 §25.5.2.3,
// QuoteJSONString).
void append_json(std::string& out, std::string_view utf8) {
  while (!utf8.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if(utf8, needs_escape) - utf8.begin());
    out.append(utf8.substr(0, plain));
    utf8.remove_prefix(plain);
    if (!utf8.empty()) {
      append_escape(out, utf8[0]);
      utf8.remove_prefix(1);
    }
  }
}

// A text of the client's, cut and in printable ASCII.
void append_shown(std::string& out, std::string_view text) {
  text = text.substr(0, kLongest);
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; });
  if (plain) {
    out.append(text);
    return;
  }
  std::string masked(text);
  std::ranges::replace_if(
      masked, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  append_json(out, masked);
}

// Writes `value` with leading zeros; the text ends before `end`.
void put_digits(char* end, unsigned value, int digits) {
  for (; digits > 0; --digits, value /= 10) {
    *--end = static_cast<char>('0' + value % 10);
  }
}

using TimeText = std::array<char, 24>;  // 2026-09-21T14:13:20.123Z

TimeText format_time(std::int64_t unix_ms) {
  // Neither a time before 1970 nor a year of five digits can be now.
  constexpr std::int64_t kLastMs = 253'402'300'799'999;
  const std::chrono::sys_time<std::chrono::milliseconds> time(
      std::chrono::milliseconds(std::clamp<std::int64_t>(unix_ms, 0, kLastMs)));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = static_cast<unsigned>((time - day).count());

  TimeText text;
  std::ranges::copy(std::string_view("0000-00-00T00:00:00.000Z"), text.begin());
  put_digits(&text[4], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(&text[7], static_cast<unsigned>(date.month()), 2);
  put_digits(&text[10], static_cast<unsigned>(date.day()), 2);
  put_digits(&text[13], of_day / 3'600'000, 2);
  put_digits(&text[16], of_day / 60'000 % 60, 2);
  put_digits(&text[19], of_day / 1000 % 60, 2);
  put_digits(&text[23], of_day % 1000, 3);
  return text;
}

// Many calls end within one millisecond.
std::string_view time_text(std::int64_t unix_ms) {
  static thread_local std::int64_t known = -1;
  static thread_local TimeText text;
  if (unix_ms != known) {
    text = format_time(unix_ms);
    known = unix_ms;
  }
  return {text.data(), text.size()};
}

// `,"key":"value"` for a text of the client's; nothing when it is empty.
void append_client_text(std::string& out, std::string_view key, std::string_view value) {
  if (!value.empty()) {
    out.append(key);
    append_shown(out, value);
    out += '"';
  }
}

}  // namespace

void append_log_line(std::string& out, const CallRecord& record, std::string_view path,
                     std::string_view service) {
  out.append(R"({"level":"INFO","time":")");
  out.append(time_text(record.finished_unix_us / 1000));
  out.append(R"(","service":")");
  append_json(out, service);
  out.append(R"(","method":")");
  append_shown(out, path);
  out += '"';
  append_client_text(out, R"(,"profile":")", record.profile.view());
  out.append(R"(,"code":")");
  out.append(kStatusNames[static_cast<std::size_t>(record.status)]);
  out += '"';
  append_client_text(out, R"(,"error":")", record.code);
  append_client_text(out, R"(,"incident":")", record.incident.view());
  out.append(R"(,"durationMs":)");
  const std::int64_t nanoseconds = std::max<std::int64_t>(record.duration_ns, 0);
  append_thousandths(out, (static_cast<std::uint64_t>(nanoseconds) + 500) / 1000);
  out.append(R"(,"requestBytes":)");
  append_integer(out, record.request_bytes);
  out.append(R"(,"responseBytes":)");
  append_integer(out, record.response_bytes);
  append_client_text(out, R"(,"correlationId":")", record.correlation_id.view());
  append_client_text(out, R"(,"traceId":")", record.trace_id.view());
  out.append(
      ","
      R"("msg":"finished call"})"
      "\n");
}

}  // namespace cryptobroker
