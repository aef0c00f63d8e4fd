#include <gtest/gtest.h>

#include <map>
#include <string>

#include "native/http2/grpc_headers.h"
#include "native/http2/request_head.h"
#include "native/http2/response_headers.h"

namespace cryptobroker::testing {
namespace {

std::map<std::string, std::string> map_of(const HeaderList& list) {
  std::map<std::string, std::string> headers;
  for (const nghttp2_nv& header : list.fields) {
    headers.emplace(std::string(header.name, header.name + header.namelen),
                    std::string(header.value, header.value + header.valuelen));
  }
  return headers;
}

TEST(Http2HeadersTest, ReadsTimeouts) {
  EXPECT_EQ(parse_grpc_timeout("1H"), 3'600'000'000'000);
  EXPECT_EQ(parse_grpc_timeout("2M"), 120'000'000'000);
  EXPECT_EQ(parse_grpc_timeout("30S"), 30'000'000'000);
  EXPECT_EQ(parse_grpc_timeout("00000250m"), 250'000'000);
  EXPECT_EQ(parse_grpc_timeout("99999999u"), 99'999'999'000);
  EXPECT_EQ(parse_grpc_timeout("99999999n"), 99'999'999);
  EXPECT_EQ(parse_grpc_timeout("0S"), kShortestTimeoutNs);
  EXPECT_EQ(parse_grpc_timeout("1n"), kShortestTimeoutNs);
}

TEST(Http2HeadersTest, TakesTimeoutsOfWeeksForNone) {
  EXPECT_EQ(parse_grpc_timeout("2147483S"), 2'147'483'000'000'000);
  EXPECT_EQ(parse_grpc_timeout("2147484S"), kNoTimeout);
  EXPECT_EQ(parse_grpc_timeout("99999999H"), kNoTimeout);
}

TEST(Http2HeadersTest, RefusesWhatIsNoTimeout) {
  for (const char* text : {"", "S", "1", "1s", "1h", "+1S", "-1S", "1.5S", " 1S", "1S ", "1 S",
                           "123456789S", "1SS", "0x1S"}) {
    EXPECT_EQ(parse_grpc_timeout(text), std::nullopt) << text;
  }
}

TEST(Http2HeadersTest, KnowsTheContentTypesOfGrpc) {
  for (const char* text : {"application/grpc", "application/grpc+proto", "application/grpc+PROTO",
                           "application/grpc;charset=utf-8", "application/grpc+proto;x"}) {
    EXPECT_TRUE(is_grpc_content_type(text)) << text;
  }
  for (const char* text : {"", "application/grpcx", "application/grpc+json", "application/grpc ",
                           "Application/grpc", "application/grpc-web", "application/grpc+protox"}) {
    EXPECT_FALSE(is_grpc_content_type(text)) << text;
  }
}

TEST(Http2HeadersTest, EncodesMessagesAsEncodeURIDoes) {
  EXPECT_EQ(encode_grpc_message("AZaz09;,/?:@&=+$-_.!~*'()#"), "AZaz09;,/?:@&=+$-_.!~*'()#");
  EXPECT_EQ(encode_grpc_message("a b%\"<>[]\\^`{|}"), "a%20b%25%22%3C%3E%5B%5D%5C%5E%60%7B%7C%7D");
  EXPECT_EQ(encode_grpc_message("\xc3\xa9\n"), "%C3%A9%0A");
}

TEST(Http2HeadersTest, TakesTheFirstContentTypeAndNoSecondTimeoutOrEncoding) {
  RequestHead head;
  head.read(read_header_field("content-type", "application/grpc"));
  head.read(read_header_field("content-type", "text/plain"));
  EXPECT_TRUE(head.grpc_content);
  head.read(read_header_field("grpc-encoding", "identity"));
  EXPECT_TRUE(head.identity);
  head.read(read_header_field("grpc-encoding", "identity"));
  EXPECT_FALSE(head.identity);
  head.read(read_header_field("grpc-timeout", "1S"));
  EXPECT_TRUE(head.timeout_valid);
  head.read(read_header_field("grpc-timeout", "1S"));
  EXPECT_FALSE(head.timeout_valid);
}

TEST(Http2HeadersTest, WritesTheDateAsHttpWantsIt) {
  ResponseHeaders headers;
  headers.set_time(784'111'777);
  EXPECT_EQ(map_of(headers.response()).at("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  headers.set_time(1'709'164'800);
  EXPECT_EQ(map_of(headers.unsupported_media_type()).at("date"), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(Http2HeadersTest, WritesFailuresWithOnlyWhatTheyHave) {
  ResponseHeaders headers;
  CallFailure failure;
  failure.status = GrpcStatus::kResourceExhausted;
  failure.details = "too large";
  auto written = map_of(headers.failure(failure));
  EXPECT_EQ(written, (std::map<std::string, std::string>{{"grpc-status", "8"},
                                                         {"grpc-message", "too%20large"}}));
  failure.code = "QUEUE_FULL";
  failure.incident = "7";
  written = map_of(headers.trailers_only(failure));
  EXPECT_EQ(written.at(":status"), "200");
  EXPECT_EQ(written.at("cryptobroker-error"), "QUEUE_FULL");
  EXPECT_EQ(written.at("cryptobroker-incident"), "7");
}

TEST(Http2HeadersTest, CutsDetailsThatWouldNotFitIntoAFrame) {
  ResponseHeaders headers;
  CallFailure failure;
  failure.details = std::string(100'000, ' ');
  EXPECT_EQ(map_of(headers.failure(failure)).at("grpc-message").size(), 3u * 1024);
}

}  // namespace
}  // namespace cryptobroker::testing
