// Calls on a session: what a client says, what it hears, and what is recorded.
#include <gtest/gtest.h>

#include <string>

#include "native/test/support/http2_session.h"

namespace cryptobroker::testing {
namespace {

const std::string kEcho = "/t.Test/Echo";
const std::string kPending = "/t.Test/Pending";

CallFailure failure_of(GrpcStatus status, std::string_view code, std::string details) {
  CallFailure failure;
  failure.status = status;
  failure.code = code;
  failure.details = std::move(details);
  return failure;
}

TEST(Http2CallTest, AnswersAUnaryCallWithHeadersMessageAndTrailers) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kEcho, "some text");
  pair.exchange();
  const Http2Reply& reply = pair.client.reply(stream);
  EXPECT_EQ(reply.headers.at(":status"), "200");
  EXPECT_EQ(reply.headers.at("content-type"), "application/grpc+proto");
  EXPECT_EQ(reply.headers.at("grpc-encoding"), "identity");
  EXPECT_EQ(reply.headers.at("grpc-accept-encoding"), "identity,deflate,gzip");
  EXPECT_EQ(reply.headers.at("date"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(reply.messages(), std::vector<std::string>{"some text"});
  EXPECT_EQ(reply.outcome(), "0 OK");
  EXPECT_EQ(reply.trailers.size(), 2u);
  EXPECT_TRUE(reply.closed);
  EXPECT_EQ(reply.error_code, 0u);
}

TEST(Http2CallTest, RecordsAFinishedCallOnce) {
  SessionPair pair;
  pair.outcome(kEcho, "12345");
  ASSERT_EQ(pair.observer.records.size(), 1u);
  const CallRecord& record = pair.observer.records[0];
  EXPECT_EQ(record.method, 0);
  EXPECT_EQ(record.status, GrpcStatus::kOk);
  EXPECT_EQ(record.code, "");
  EXPECT_EQ(record.request_bytes, 5u);
  EXPECT_EQ(record.response_bytes, 5u);
  EXPECT_EQ(record.profile.view(), "Default");
  EXPECT_EQ(record.correlation_id.view(), "an id");
  EXPECT_EQ(record.finished_unix_us, (1'700'000'000'000'000'000 + 1'000'000'000) / 1000);
  EXPECT_EQ(pair.shared.totals.finished_calls, 1u);
  EXPECT_EQ(pair.shared.totals.running_calls, 0u);
}

TEST(Http2CallTest, AnswersAnEmptyMessageWithAnEmptyMessage) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kEcho, "");
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).messages(), std::vector<std::string>{""});
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
}

TEST(Http2CallTest, ReadsARequestInPiecesOfAnySize) {
  for (const std::size_t size : {1u, 2u, 3u, 7u, 100u}) {
    SessionPair pair;
    pair.read_size = size;
    EXPECT_EQ(pair.outcome(kEcho, "in pieces"), "0 OK") << size;
    EXPECT_EQ(pair.observer.records.at(0).request_bytes, 9u);
  }
}

TEST(Http2CallTest, AnswersManyCallsOfOneConnectionEachWithItsOwn) {
  SessionPair pair;
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 500; ++i) {
    streams.push_back(pair.client.call(kEcho, "call " + std::to_string(i)));
  }
  pair.exchange();
  for (int i = 0; i < 500; ++i) {
    const Http2Reply& reply = pair.client.reply(streams[static_cast<std::size_t>(i)]);
    EXPECT_EQ(reply.messages(), std::vector<std::string>{"call " + std::to_string(i)});
    EXPECT_EQ(reply.outcome(), "0 OK");
  }
  EXPECT_TRUE(pair.session->idle());
  EXPECT_EQ(pair.use, SessionUse::kNone);
}

TEST(Http2CallTest, CarriesLargeMessagesBothWays) {
  SessionPair pair;
  std::string large(2 * 1024 * 1024, 'x');
  large.front() = 'a';
  large.back() = 'z';
  const std::int32_t stream = pair.client.call(kEcho, large);
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
  EXPECT_TRUE(pair.client.reply(stream).messages() == std::vector<std::string>{large});
  EXPECT_EQ(pair.shared.totals.unsent_bytes, 0u);
  EXPECT_EQ(pair.shared.totals.pending_bytes, 0u);
}

TEST(Http2CallTest, AnswersAPendingCallWhenItsAnswerComes) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "later");
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "open");
  EXPECT_EQ(pair.session->running_calls(), 1u);
  ASSERT_EQ(pair.pending.calls.size(), 1u);
  pair.answer(pair.pending.calls[0].token, "now");
  EXPECT_EQ(pair.client.reply(stream).messages(), std::vector<std::string>{"now"});
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
  EXPECT_EQ(pair.session->running_calls(), 0u);
  EXPECT_EQ(pair.pending.events, std::vector<std::string>{"request later"});
}

TEST(Http2CallTest, DropsASecondAnswerAndOneForACallThatHasGone) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "");
  pair.exchange();
  const CallToken token = pair.pending.calls.at(0).token;
  pair.answer(token, "first");
  pair.answer(token, "second");
  EXPECT_EQ(pair.client.reply(stream).messages(), std::vector<std::string>{"first"});
  EXPECT_EQ(pair.observer.records.size(), 1u);
}

TEST(Http2CallTest, NeverUsesATokenAgain) {
  SessionPair pair;
  for (int i = 0; i < 100; ++i) {
    const std::int32_t stream = pair.client.call(kPending, "");
    pair.exchange();
    pair.client.reset(stream);
    pair.exchange();
  }
  std::vector<CallToken> tokens;
  for (const CallStart& call : pair.pending.calls) {
    tokens.push_back(call.token);
  }
  std::sort(tokens.begin(), tokens.end());
  EXPECT_EQ(std::unique(tokens.begin(), tokens.end()) - tokens.begin(), 100);
  // JavaScript counts as far as this without losing one.
  EXPECT_LT(tokens.back(), std::uint64_t{1} << 53);
}

TEST(Http2CallTest, EndsAFailedCallWithItsStatusInTheHeaders) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "");
  pair.exchange();
  pair.fail(
      pair.pending.calls.at(0).token,
      failure_of(GrpcStatus::kInvalidArgument, "FIELD_REQUIRED", "profile: \"50 %\" required"));
  const Http2Reply& reply = pair.client.reply(stream);
  EXPECT_TRUE(reply.trailers_only);
  EXPECT_EQ(reply.headers.at(":status"), "200");
  EXPECT_EQ(reply.headers.at("content-type"), "application/grpc+proto");
  EXPECT_EQ(reply.outcome(), "3 profile:%20%2250%20%25%22%20required");
  EXPECT_EQ(reply.code(), "FIELD_REQUIRED");
  EXPECT_EQ(reply.headers.count("grpc-accept-encoding"), 0u);
  EXPECT_EQ(pair.observer.records.at(0).code, "FIELD_REQUIRED");
}

TEST(Http2CallTest, NamesTheIncidentOfAnInternalErrorAndKeepsItsCause) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "");
  pair.exchange();
  CallFailure failure = failure_of(GrpcStatus::kInternal, "INTERNAL", "internal error, incident 7");
  failure.incident = "7";
  failure.cause = "the disk is gone";
  failure.core_fault = true;
  pair.fail(pair.pending.calls.at(0).token, failure);
  EXPECT_EQ(pair.client.reply(stream).headers.at("cryptobroker-incident"), "7");
  EXPECT_EQ(pair.client.reply(stream).outcome(), "13 internal%20error,%20incident%207");
  EXPECT_EQ(pair.observer.records.at(0).incident.view(), "7");
  EXPECT_TRUE(pair.observer.records.at(0).core_fault);
  EXPECT_EQ(pair.observer.causes.at(0), "the disk is gone");
}

TEST(Http2CallTest, TurnsAStatusThatGrpcDoesNotKnowIntoUnknown) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "");
  pair.exchange();
  pair.fail(pair.pending.calls.at(0).token, failure_of(static_cast<GrpcStatus>(99), "", "odd"));
  EXPECT_EQ(pair.client.reply(stream).outcome(), "2 odd");
}

TEST(Http2CallTest, RefusesAnUnknownMethod) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call("/nope", "x");
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "12 unknown%20method%20/nope");
  EXPECT_EQ(pair.client.reply(stream).code(), "METHOD_UNKNOWN");
  const CallRecord& record = pair.observer.records.at(0);
  EXPECT_EQ(record.method, CallRecord::kUnknownMethod);
  EXPECT_EQ(record.path.view(), "/nope");
  EXPECT_EQ(record.duration_ns, 0);
  EXPECT_EQ(record.request_bytes, 0u);
}

TEST(Http2CallTest, ShowsAHostilePathEscapedAndCut) {
  SessionPair pair;
  EXPECT_EQ(pair.outcome("/a\xe9" + std::string(200, 'b'), "x"),
            "12 unknown%20method%20/a%5Cu00e9" + std::string(77, 'b') + "?");
}

TEST(Http2CallTest, AnswersWhatIsNotGrpcWith415) {
  SessionPair pair;
  for (const char* type : {"", "application/json", "application/grpc+json", "APPLICATION/GRPC",
                           "application/grpcx", "application/grpc ;x"}) {
    const std::int32_t stream = pair.client.call(kEcho, "x", {{"content-type", type}});
    pair.exchange();
    const Http2Reply& reply = pair.client.reply(stream);
    EXPECT_EQ(reply.headers.at(":status"), "415") << type;
    EXPECT_TRUE(reply.trailers_only);
    EXPECT_TRUE(reply.closed);
  }
  EXPECT_TRUE(pair.echo.calls.empty());
  EXPECT_TRUE(pair.observer.records.empty());
  EXPECT_EQ(pair.outcome(kEcho, "x", {{"content-type", "application/grpc+PROTO;charset=x"}}),
            "0 OK");
}

TEST(Http2CallTest, RefusesCompressedMessages) {
  SessionPair pair;
  const std::int32_t by_header = pair.client.call(kEcho, "x", {{"grpc-encoding", "gzip"}});
  const std::int32_t by_flag = pair.client.request(grpc_headers(kEcho), grpc_message("x", 1));
  const std::int32_t large =
      pair.client.request(grpc_headers(kEcho), grpc_message(std::string(3 << 20, 'x'), 1));
  pair.exchange();
  for (const std::int32_t stream : {by_header, by_flag, large}) {
    const Http2Reply& reply = pair.client.reply(stream);
    EXPECT_EQ(reply.outcome(), "12 compressed%20messages%20are%20not%20accepted");
    EXPECT_EQ(reply.code(), "ENCODING_UNSUPPORTED");
    EXPECT_EQ(reply.headers.at("grpc-accept-encoding"), "identity");
  }
  EXPECT_EQ(pair.outcome(kEcho, "x", {{"grpc-encoding", "identity"}}), "0 OK");
}

TEST(Http2CallTest, RefusesATimeoutThatIsNone) {
  SessionPair pair;
  for (const char* timeout : {"x", "1", "1s", "S", "123456789S", "-1S", "1 S"}) {
    const std::int32_t stream = pair.client.call(kEcho, "x", {{"grpc-timeout", timeout}});
    pair.exchange();
    EXPECT_EQ(pair.client.reply(stream).outcome(), "3 grpc-timeout:%20is%20not%20a%20timeout")
        << timeout;
    EXPECT_EQ(pair.client.reply(stream).code(), "INPUT_INVALID");
  }
  auto twice = grpc_headers(kEcho);
  twice.emplace_back("grpc-timeout", "1S");
  twice.emplace_back("grpc-timeout", "1S");
  const std::int32_t stream = pair.client.request(twice, grpc_message("x"));
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).code(), "INPUT_INVALID");
}

TEST(Http2CallTest, RefusesACallWithoutOneMessage) {
  SessionPair pair;
  const std::string none =
      "12 Received%20no%20request%20message%20for%20server%20streaming%20method%20/t.Test/Echo";
  const std::vector<std::vector<std::uint8_t>> bodies = {{}, {0, 0, 0}, {0, 0, 0, 0, 9, 'x'}};
  for (const auto& body : bodies) {
    const std::int32_t stream = pair.client.request(grpc_headers(kEcho), body);
    pair.exchange();
    EXPECT_EQ(pair.client.reply(stream).outcome(), none);
    EXPECT_EQ(pair.client.reply(stream).code(), "");
  }
  std::vector<std::uint8_t> two = grpc_message("a");
  const std::vector<std::uint8_t> second = grpc_message("b");
  two.insert(two.end(), second.begin(), second.end());
  const std::int32_t stream = pair.client.request(grpc_headers(kEcho), two);
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(),
            "12 Received%20a%20second%20request%20message%20for%20server%20streaming%20method%20"
            "/t.Test/Echo");
  EXPECT_TRUE(pair.echo.calls.empty());
  EXPECT_EQ(pair.observer.records.size(), 4u);
}

TEST(Http2CallTest, OverlooksTheBeginningOfASecondMessage) {
  SessionPair pair;
  std::vector<std::uint8_t> body = grpc_message("whole");
  body.insert(body.end(), {0, 0, 0, 0, 9, 'p'});
  const std::int32_t stream = pair.client.request(grpc_headers(kEcho), body);
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).messages(), std::vector<std::string>{"whole"});
}

TEST(Http2CallTest, RefusesAMessageBeyondTheLimitOnceItHasCome) {
  SessionPair pair;
  for (const std::size_t size : {(2u << 20) + 1, 4u << 20}) {
    const std::int32_t stream = pair.client.call(kEcho, std::string(size, 'x'));
    pair.exchange();
    EXPECT_EQ(pair.client.reply(stream).outcome(), "3 message:%20too%20large%20(max%202097152)");
    EXPECT_EQ(pair.client.reply(stream).code(), "MESSAGE_TOO_LARGE");
    EXPECT_EQ(pair.observer.records.back().request_bytes, size);
  }
  EXPECT_TRUE(pair.echo.calls.empty());
}

TEST(Http2CallTest, RefusesAMessageBeyondTheHardLimitByItsPrefixAlone) {
  SessionPair pair;
  const std::int32_t open = pair.client.request(grpc_headers(kEcho), grpc_prefix(0x80000000), true);
  pair.exchange();
  const Http2Reply& reply = pair.client.reply(open);
  EXPECT_EQ(reply.outcome(),
            "8 Received%20message%20larger%20than%20max%20(2147483648%20vs%204194304)");
  EXPECT_EQ(reply.code(), "");
  EXPECT_TRUE(reply.closed) << "the rest is not wanted";
  EXPECT_EQ(reply.error_code, std::uint32_t{NGHTTP2_NO_ERROR});
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kResourceExhausted);
  EXPECT_EQ(pair.shared.totals.running_calls, 0u);
}

TEST(Http2CallTest, GivesTheHandlerTheDeadlineOfTheCall) {
  SessionPair pair;
  pair.outcome(kEcho, "x", {{"grpc-timeout", "250m"}});
  pair.outcome(kEcho, "x");
  pair.outcome(kEcho, "x", {{"grpc-timeout", "99999999H"}});
  ASSERT_EQ(pair.echo.calls.size(), 3u);
  EXPECT_EQ(pair.echo.calls[0].deadline_unix_ms, 1'700'000'000'000 + 1000 + 250);
  EXPECT_EQ(pair.echo.calls[1].deadline_unix_ms, 0);
  EXPECT_EQ(pair.echo.calls[2].deadline_unix_ms, 0);
  EXPECT_EQ(pair.context.timers.next_ns(), TimerQueue::kNever) << "no timer is left";
}

TEST(Http2CallTest, EndsAPendingCallAtItsDeadline) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "", {{"grpc-timeout", "250m"}});
  pair.exchange();
  pair.pass(250 * kMillisecond - 1);
  EXPECT_EQ(pair.client.reply(stream).outcome(), "open");
  pair.pass(1);
  EXPECT_EQ(pair.client.reply(stream).outcome(), "4 Deadline%20exceeded");
  EXPECT_EQ(pair.client.reply(stream).code(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(pair.pending.events, (std::vector<std::string>{"request ", "deadline"}));
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kDeadlineExceeded);
  EXPECT_EQ(pair.observer.records.at(0).duration_ns, 250 * kMillisecond);
  pair.answer(pair.pending.calls.at(0).token, "too late");
  EXPECT_EQ(pair.observer.records.size(), 1u);
}

TEST(Http2CallTest, EndsAHalfSentRequestAtItsDeadline) {
  SessionPair pair;
  const std::int32_t stream =
      pair.client.request(grpc_headers(kEcho, {{"grpc-timeout", "250m"}}), grpc_prefix(10), true);
  pair.exchange();
  pair.pass(250 * kMillisecond);
  EXPECT_EQ(pair.client.reply(stream).outcome(), "4 Deadline%20exceeded");
  EXPECT_TRUE(pair.client.reply(stream).closed);
  EXPECT_TRUE(pair.echo.calls.empty());
}

TEST(Http2CallTest, EndsARequestThatDoesNotArriveInTime) {
  SessionPair pair;
  const std::int32_t body = pair.client.request(grpc_headers(kEcho), grpc_prefix(10), true);
  const std::int32_t nothing = pair.client.request(grpc_headers(kEcho), {}, true);
  pair.exchange();
  pair.pass(30'000 * kMillisecond);
  for (const std::int32_t stream : {body, nothing}) {
    EXPECT_EQ(pair.client.reply(stream).outcome(),
              "4 the%20request%20did%20not%20arrive%20in%20time");
  }
  EXPECT_EQ(pair.observer.records.size(), 2u);
}

TEST(Http2CallTest, TellsTheHandlerOfACallThatIsReset) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kPending, "");
  pair.exchange();
  pair.client.reset(stream);
  pair.exchange();
  EXPECT_EQ(pair.pending.events, (std::vector<std::string>{"request ", "cancelled"}));
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kCancelled);
  EXPECT_EQ(pair.observer.records.at(0).code, "CANCELLED");
  EXPECT_TRUE(pair.session->idle());
}

TEST(Http2CallTest, RecordsARequestThatIsResetBeforeItIsWhole) {
  SessionPair pair;
  const std::int32_t stream = pair.client.request(grpc_headers(kEcho), grpc_prefix(10), true);
  pair.exchange();
  pair.client.reset(stream);
  pair.exchange();
  EXPECT_TRUE(pair.echo.calls.empty());
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kCancelled);
  EXPECT_EQ(pair.observer.records.at(0).request_bytes, 5u);
}

TEST(Http2CallTest, CancelsEveryCallWhenTheConnectionIsLost) {
  SessionPair pair;
  pair.client.call(kPending, "a");
  pair.client.call(kPending, "b");
  pair.client.request(grpc_headers(kEcho), grpc_prefix(10), true);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kCalls);
  pair.session.reset();
  EXPECT_EQ(pair.use, SessionUse::kNone);
  EXPECT_EQ(pair.observer.records.size(), 3u);
  EXPECT_EQ(std::count(pair.pending.events.begin(), pair.pending.events.end(), "cancelled"), 2);
  EXPECT_EQ(pair.shared.totals.running_calls, 0u);
  EXPECT_EQ(pair.shared.totals.pending_bytes, 0u);
}

TEST(Http2CallTest, TakesTrailersOfAClientForTheEndOfItsRequest) {
  SessionPair pair;
  const std::int32_t stream = pair.client.request(grpc_headers(kEcho), grpc_message("x"), true);
  pair.client.send_trailers(stream, {{"x-checksum", "1"}, {"grpc-timeout", "nonsense"}});
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
}

TEST(Http2CallTest, RejectsARequestWithoutAPathAndGoesOn) {
  SessionPair pair;
  const std::int32_t stream =
      pair.client.request(grpc_headers(kEcho, {{":path", ""}}), grpc_message("x"));
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "reset 1");
  EXPECT_EQ(pair.outcome(kEcho, "x"), "0 OK");
}

TEST(Http2CallTest, PassesOverHeadersThatHttpDoesNotAllow) {
  SessionPair pair;
  EXPECT_EQ(
      pair.outcome(kEcho, "x", {{"x-space", " around "}, {"x-line", "a\r\nb"}, {"x y", "name"}}),
      "0 OK");
  EXPECT_EQ(pair.outcome(kEcho, "x", {{"grpc-timeout", " nonsense"}}), "0 OK");
}

TEST(Http2CallTest, WipesWhatItReadOfASecretRequest) {
  SessionPair pair;
  const std::string secret = "the key is under the mat";
  pair.client.call("/t.Test/Secret", secret);
  std::vector<std::uint8_t> bytes = pair.client.output();
  ASSERT_TRUE(pair.session->receive(bytes));
  EXPECT_EQ(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()), bytes.end());
  EXPECT_EQ(pair.echo.calls.size(), 1u);
  std::vector<std::uint8_t> open(4096, 'x');
  pair.client.call(kEcho, secret);
  bytes = pair.client.output();
  ASSERT_TRUE(pair.session->receive(bytes));
  EXPECT_NE(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()), bytes.end())
      << "others are left as they are";
}

}  // namespace
}  // namespace cryptobroker::testing
