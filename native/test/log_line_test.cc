// The lines of finished calls are those of the TypeScript logger: see golden/README.md.
#include "native/dataplane/log_line.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

struct Case {
  std::string service, path, code;
  CallRecord record;
};

// service, path, profile, correlation id, code and incident in hexadecimal (`-`: none); then
// milliseconds since 1970, nanoseconds, request and response bytes, and the status.
Case read_case(const std::string& row) {
  std::istringstream words(row);
  const auto text = [&] {
    std::string word;
    words >> word;
    return word == "-" ? std::string() : text_of(from_hex(word));
  };
  Case read;
  read.service = text();
  read.path = text();
  read.record.profile.assign(text());
  read.record.correlation_id.assign(text());
  read.code = text();
  read.record.incident.assign(text());
  int status = 0;
  words >> read.record.finished_unix_us >> read.record.duration_ns >> read.record.request_bytes >>
      read.record.response_bytes >> status;
  read.record.finished_unix_us *= 1000;
  read.record.status = static_cast<GrpcStatus>(status);
  return read;
}

std::string line_of(const Case& given) {
  std::string line;
  CallRecord record = given.record;
  record.code = given.code;
  append_log_line(line, record, given.path, given.service);
  return line;
}

TEST(LogLine, IsTheOneOfTheTypeScriptLogger) {
  std::istringstream lines(read_text_file(TEST_DATA_DIRECTORY "/golden/log_lines.txt"));
  std::size_t count = 0;
  for (std::string row, line; std::getline(lines, row) && std::getline(lines, line); ++count) {
    EXPECT_EQ(line_of(read_case(row)), line + "\n");
  }
  EXPECT_GT(count, 40U);
}

TEST(LogLine, IsAppendedToWhatIsThere) {
  std::string out = "before\n";
  append_log_line(out, CallRecord{}, "/a", "s");
  const std::string first = out;
  append_log_line(out, CallRecord{}, "/a", "s");
  EXPECT_TRUE(first.starts_with("before\n{\"level\":\"INFO\","));
  EXPECT_EQ(out, first + first.substr(7));
}

TEST(LogLine, NamesTheTraceOfACallThatIsTraced) {
  Case given;
  given.record.correlation_id.assign("c");
  given.record.trace_id.assign("4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(
      line_of(given).find(R"("correlationId":"c","traceId":"4bf92f3577b34da6a3ce929d0e0e4736",)"),
      std::string::npos);
}

TEST(LogLine, HoldsNothingThatCouldEndItOrMoveACursor) {
  Case given;
  given.service = "\n\x01\t";
  given.path = "/\n\"\x1b[2J\xe9\xff";
  given.record.profile.assign("\r\x7f");
  given.record.correlation_id.assign("\"}\n");
  const std::string line = line_of(given);
  EXPECT_NE(line.find(R"("method":"/?\"?[2J??","profile":"??","code":"OK")"), line.npos) << line;
  EXPECT_NE(line.find(R"("correlationId":"\"}?")"), line.npos) << line;
  EXPECT_NE(line.find(R"("service":"\n\u0001\t")"), line.npos) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(LogLine, StandsClocksThatAreWrong) {
  Case given;
  given.record.duration_ns = -1;
  given.record.finished_unix_us = std::numeric_limits<std::int64_t>::min();
  EXPECT_NE(line_of(given).find("\"time\":\"1970-01-01T00:00:00.000Z\""), std::string::npos);
  EXPECT_NE(line_of(given).find("\"durationMs\":0,"), std::string::npos);
  given.record.duration_ns = std::numeric_limits<std::int64_t>::max();
  given.record.finished_unix_us = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(line_of(given).find("\"time\":\"9999-12-31T23:59:59.999Z\""), std::string::npos);
  EXPECT_NE(line_of(given).find("\"durationMs\":9223372036854.776,"), std::string::npos);
}

}  // namespace
}  // namespace cryptobroker::testing
