// Response streams and bidirectional calls on a session.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/test/support/http2_session.h"

namespace cryptobroker::testing {
namespace {

using Texts = std::vector<std::string>;

const std::string kStream = "/t.Test/Stream";
const std::string kBidi = "/t.Test/Bidi";

TEST(Http2StreamTest, SendsMessagesAsTheyCome) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kStream, "go");
  pair.exchange();
  const CallToken token = pair.pending.calls.at(0).token;
  EXPECT_TRUE(pair.client.reply(stream).headers.empty());
  EXPECT_TRUE(pair.send(token, "one"));
  EXPECT_EQ(pair.client.reply(stream).messages(), Texts{"one"});
  EXPECT_EQ(pair.client.reply(stream).outcome(), "open");
  EXPECT_TRUE(pair.send(token, "two"));
  EXPECT_TRUE(pair.send(token, ""));
  EXPECT_EQ(pair.client.reply(stream).messages(), (Texts{"one", "two", ""}));
  pair.answer(token, "");
  EXPECT_EQ(pair.client.reply(stream).messages(), (Texts{"one", "two", ""}));
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
  EXPECT_EQ(pair.observer.records.at(0).response_bytes, 6u);
}

TEST(Http2StreamTest, EndsAStreamWithoutMessagesByHeadersAlone) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kStream, "go");
  pair.exchange();
  pair.answer(pair.pending.calls.at(0).token, "");
  EXPECT_TRUE(pair.client.reply(stream).trailers_only);
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
}

TEST(Http2StreamTest, EndsAStreamWithALastMessage) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kStream, "go");
  pair.exchange();
  pair.answer(pair.pending.calls.at(0).token, "last");
  EXPECT_EQ(pair.client.reply(stream).messages(), Texts{"last"});
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
}

TEST(Http2StreamTest, FailsAfterItsMessages) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kStream, "go");
  pair.exchange();
  const CallToken token = pair.pending.calls.at(0).token;
  pair.send(token, "one");
  CallFailure failure;
  failure.status = GrpcStatus::kNotFound;
  failure.code = "SERVICE_UNKNOWN";
  failure.details = "gone";
  pair.fail(token, failure);
  EXPECT_EQ(pair.client.reply(stream).messages(), Texts{"one"});
  EXPECT_EQ(pair.client.reply(stream).outcome(), "5 gone");
  EXPECT_EQ(pair.client.reply(stream).code(), "SERVICE_UNKNOWN");
  EXPECT_FALSE(pair.client.reply(stream).trailers_only);
}

TEST(Http2StreamTest, EndsAStreamAtItsDeadline) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kStream, "go", {{"grpc-timeout", "1S"}});
  pair.exchange();
  const CallToken token = pair.pending.calls.at(0).token;
  pair.send(token, "one");
  pair.pass(1000 * kMillisecond);
  EXPECT_EQ(pair.client.reply(stream).outcome(), "4 Deadline%20exceeded");
  EXPECT_EQ(pair.pending.events, (Texts{"request go", "deadline"}));
  EXPECT_FALSE(pair.send(token, "late")) << "the stream has gone";
}

TEST(Http2StreamTest, TellsASenderToWaitAndWhenToGoOn) {
  SessionPair pair;
  Http2Client slow({1000, false});
  const std::int32_t stream = slow.call(kStream, "go");
  pair.exchange(slow);
  const CallToken token = pair.pending.calls.at(0).token;
  const std::string large(StreamLedger::kHighWater, 'x');
  EXPECT_FALSE(pair.send(token, large));
  pair.exchange(slow);
  EXPECT_EQ(pair.pending.events, Texts{"request go"});
  slow.open_window(stream, 10'000'000);
  pair.exchange(slow);
  EXPECT_EQ(pair.pending.events, (Texts{"request go", "writable"}));
  EXPECT_TRUE(slow.reply(stream).messages() == Texts{large});
  EXPECT_TRUE(pair.send(token, "small"));
}

TEST(Http2StreamTest, ForgetsAStreamThatIsReset) {
  SessionPair pair;
  const std::int32_t stream = pair.client.call(kStream, "go");
  pair.exchange();
  const CallToken token = pair.pending.calls.at(0).token;
  pair.send(token, "one");
  pair.client.reset(stream);
  pair.exchange();
  EXPECT_EQ(pair.pending.events, (Texts{"request go", "cancelled"}));
  EXPECT_FALSE(pair.send(token, "two"));
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kCancelled);
  EXPECT_EQ(pair.shared.totals.unsent_bytes, 0u);
}

TEST(Http2StreamTest, HandsOverTheMessagesOfABidirectionalCallOneByOne) {
  SessionPair pair;
  std::vector<std::uint8_t> body = grpc_message("one");
  const auto second = grpc_message("two");
  body.insert(body.end(), second.begin(), second.end());
  const std::int32_t stream = pair.client.request(grpc_headers(kBidi), body, true);
  pair.exchange();
  EXPECT_EQ(pair.pending.events, (Texts{"request one", "request two"}));
  ASSERT_EQ(pair.pending.calls.size(), 2u);
  const CallToken token = pair.pending.calls[0].token;
  EXPECT_EQ(pair.pending.calls[1].token, token);
  pair.send(token, "answer");
  EXPECT_EQ(pair.client.reply(stream).messages(), Texts{"answer"});
  pair.client.send(stream, grpc_message("three"));
  pair.exchange();
  pair.client.send(stream, {}, true);
  pair.exchange();
  EXPECT_EQ(pair.pending.events,
            (Texts{"request one", "request two", "request three", "half-closed"}));
  pair.answer(token, "");
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
  EXPECT_EQ(pair.observer.records.size(), 1u);
  EXPECT_EQ(pair.observer.records.at(0).request_bytes, 11u);
}

TEST(Http2StreamTest, EndsABidirectionalCallWithoutMessagesWell) {
  SessionPair pair;
  const std::int32_t stream = pair.client.request(grpc_headers(kBidi), {});
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "0 OK");
  EXPECT_TRUE(pair.pending.events.empty());
}

TEST(Http2StreamTest, RefusesBadMessagesWithinABidirectionalCall) {
  const std::vector<std::pair<std::vector<std::uint8_t>, std::string>> cases = {
      {grpc_message("zipped", 1), "ENCODING_UNSUPPORTED"},
      {grpc_message(std::string((2 << 20) + 1, 'x')), "MESSAGE_TOO_LARGE"},
  };
  for (const auto& [bad, code] : cases) {
    SessionPair pair;
    const std::int32_t stream =
        pair.client.request(grpc_headers(kBidi), grpc_message("fine"), true);
    pair.exchange();
    pair.client.send(stream, bad);
    pair.exchange();
    EXPECT_EQ(pair.client.reply(stream).code(), code);
    EXPECT_TRUE(pair.client.reply(stream).closed);
    EXPECT_EQ(pair.pending.events, Texts{"request fine"});
  }
}

TEST(Http2StreamTest, LetsABidirectionalCallRestBetweenMessagesButNotWithinOne) {
  SessionPair pair;
  const std::int32_t stream = pair.client.request(grpc_headers(kBidi), grpc_message("one"), true);
  pair.exchange();
  pair.pass(3'600'000 * kMillisecond);
  EXPECT_EQ(pair.client.reply(stream).outcome(), "open");
  pair.client.send(stream, grpc_prefix(10));
  pair.exchange();
  pair.pass(30'000 * kMillisecond);
  EXPECT_EQ(pair.client.reply(stream).outcome(),
            "4 the%20request%20did%20not%20arrive%20in%20time");
  EXPECT_EQ(pair.pending.events, (Texts{"request one", "deadline"}));
}

TEST(Http2StreamTest, CountsAConnectionAsIdleWhoseStreamsOnlyLast) {
  SessionPair pair;
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kNone);
  const std::int32_t watch = pair.client.call(kStream, "go");
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kStreams);
  // One that nothing was said on yet is no more than that.
  const std::int32_t bidi = pair.client.request(grpc_headers(kBidi), {}, true);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kStreams);
  const std::int32_t call = pair.client.call("/t.Test/Pending", "x");
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kCalls);
  pair.client.reset(watch);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kCalls);
  pair.client.reset(call);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kStreams);
  pair.client.reset(bidi);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kNone);
}

TEST(Http2StreamTest, TakesAStreamForACallUntilItsRequestIsWhole) {
  SessionPair pair;
  const std::int32_t stream = pair.client.request(grpc_headers(kStream), grpc_prefix(2), true);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kCalls);
  pair.client.send(stream, {'g', 'o'}, true);
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kStreams);
}

TEST(Http2StreamTest, TellsOfEveryMessageOfAStream) {
  SessionPair pair;
  pair.client.call(kStream, "go");
  const std::int32_t bidi = pair.client.request(grpc_headers(kBidi), grpc_message("a"), true);
  pair.exchange();
  pair.use = SessionUse::kNone;
  pair.send(pair.pending.calls.at(0).token, "one");
  EXPECT_EQ(pair.use, SessionUse::kStreams);
  pair.use = SessionUse::kNone;
  pair.client.send(bidi, grpc_message("b"));
  pair.exchange();
  EXPECT_EQ(pair.use, SessionUse::kStreams);
}

TEST(Http2StreamTest, RefusesStreamsBeyondTheirLimitAndNoOtherCalls) {
  Http2Limits limits;
  limits.max_streams = 2;
  SessionPair pair(limits);
  const std::int32_t first = pair.client.call(kStream, "go");
  const std::int32_t second = pair.client.request(grpc_headers(kBidi), {}, true);
  pair.exchange();
  for (const std::string& path : {kStream, kBidi}) {
    const std::int32_t refused = pair.client.call(path, "go");
    pair.exchange();
    EXPECT_EQ(pair.client.reply(refused).outcome(), "8 too%20many%20streams%20are%20open");
    EXPECT_EQ(pair.client.reply(refused).code(), "QUEUE_FULL");
  }
  EXPECT_EQ(pair.outcome("/t.Test/Echo", "x"), "0 OK");
  EXPECT_EQ(pair.shared.totals.streams, 2u);
  pair.client.reset(first);
  pair.client.reset(second);
  pair.exchange();
  EXPECT_EQ(pair.shared.totals.streams, 0u);
  pair.client.call(kStream, "go");
  pair.exchange();
  EXPECT_EQ(pair.shared.totals.streams, 1u);
  pair.session.reset();
  EXPECT_EQ(pair.shared.totals.streams, 0u);
}

}  // namespace
}  // namespace cryptobroker::testing
