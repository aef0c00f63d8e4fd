#include "native/http2/response_headers.h"

#include <ctime>
#include <iterator>
#include <string_view>

#include "native/http2/grpc_headers.h"

namespace cryptobroker {
namespace {

std::uint8_t* bytes(std::string_view text) {
  // nghttp2 never writes through these.
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// A value that will not come again: it must not drive others out of the compression table.
nghttp2_nv once(std::string_view name, std::string_view value) {
  nghttp2_nv header = field(name, value);
  header.flags = NGHTTP2_NV_FLAG_NO_INDEX;
  return header;
}

// Whatever a method says: a header block has to fit into a frame.
constexpr std::size_t kLongestDetails = 1024;

constexpr std::string_view kStatuses[] = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                          "9", "10", "11", "12", "13", "14", "15", "16"};

// A number that gRPC does not know is UNKNOWN, as its rules say.
nghttp2_nv status_header(GrpcStatus status) {
  const auto number = static_cast<std::size_t>(status);
  return field("grpc-status", kStatuses[number < std::size(kStatuses) ? number : 2]);
}

const nghttp2_nv kOk = field(":status", "200");
const nghttp2_nv kContentType = field("content-type", "application/grpc+proto");

}  // namespace

ResponseHeaders::ResponseHeaders() {
  response_ = {kOk, kContentType, field("grpc-accept-encoding", "identity,deflate,gzip"),
               field("grpc-encoding", "identity")};
  success_ = {status_header(GrpcStatus::kOk), field("grpc-message", "OK")};
  success_only_ = {kOk, kContentType};
  success_only_.insert(success_only_.end(), success_.begin(), success_.end());
  unsupported_ = {field(":status", "415")};
  for (auto* block : {&response_, &success_only_, &unsupported_}) {
    block->push_back(field("date", {date_.data(), date_.size()}));
  }
  set_time(0);
}

void ResponseHeaders::set_time(std::int64_t unix_seconds) {
  if (unix_seconds == unix_seconds_) {
    return;
  }
  unix_seconds_ = unix_seconds;
  static constexpr char kDays[] = "SunMonTueWedThuFriSat";
  static constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::time_t seconds = unix_seconds;
  std::tm day{};
  gmtime_r(&seconds, &day);
  // IMF-fixdate, by hand because strftime() follows the locale.
  const auto two = [this](std::size_t at, int number) {
    date_[at] = static_cast<char>('0' + number / 10 % 10);
    date_[at + 1] = static_cast<char>('0' + number % 10);
  };
  std::string_view("   , 00 MMM 0000 00:00:00 GMT").copy(date_.data(), date_.size());
  std::string_view(kDays).copy(date_.data(), 3, static_cast<std::size_t>(day.tm_wday) * 3);
  two(5, day.tm_mday);
  std::string_view(kMonths).copy(date_.data() + 8, 3, static_cast<std::size_t>(day.tm_mon) * 3);
  two(12, (day.tm_year + 1900) / 100);
  two(14, day.tm_year % 100);
  two(17, day.tm_hour);
  two(20, day.tm_min);
  two(23, day.tm_sec);
}

HeaderList ResponseHeaders::failure(const CallFailure& failure) {
  failure_.clear();
  add_failure(failure);
  return {failure_};
}

HeaderList ResponseHeaders::trailers_only(const CallFailure& failure) {
  failure_ = {kOk, kContentType, field("date", {date_.data(), date_.size()})};
  add_failure(failure);
  return {failure_};
}

void ResponseHeaders::add_failure(const CallFailure& failure) {
  message_ = encode_grpc_message(std::string_view(failure.details).substr(0, kLongestDetails));
  failure_.push_back(status_header(failure.status));
  failure_.push_back(once("grpc-message", message_));
  if (failure.code == "ENCODING_UNSUPPORTED") {
    failure_.push_back(field("grpc-accept-encoding", "identity"));
  }
  if (!failure.code.empty()) {
    failure_.push_back(field("cryptobroker-error", failure.code));
  }
  if (!failure.incident.empty()) {
    failure_.push_back(once("cryptobroker-incident", failure.incident));
  }
}

}  // namespace cryptobroker
