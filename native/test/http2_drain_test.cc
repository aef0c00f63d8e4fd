// The end of a session that is asked to end.
#include <gtest/gtest.h>

#include <string>

#include "native/test/support/http2_frames.h"
#include "native/test/support/http2_session.h"

namespace cryptobroker::testing {
namespace {

const std::string kEcho = "/t.Test/Echo";
const std::string kPending = "/t.Test/Pending";
constexpr std::int64_t kGrace = 1000 * kMillisecond;
// A client's answer to the PING behind the announcement.
const FrameBytes kHeard = http2_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, FrameBytes(8));

TEST(Http2DrainTest, AnnouncesTheEndBeforeItNamesTheLastCall) {
  SessionPair pair;
  const std::int32_t running = pair.client.call(kPending, "");
  pair.exchange();
  pair.session->drain(kGrace);
  Bytes notice = pair.session->pending_output();
  ASSERT_TRUE(pair.client.input(notice));
  pair.session->consume_output(notice.size());
  EXPECT_EQ(pair.client.goaway(), std::uint32_t{NGHTTP2_NO_ERROR});
  EXPECT_EQ(pair.client.goaway_last_stream(), 0x7fffffff) << "no call is refused yet";
  pair.exchange();
  EXPECT_EQ(pair.client.goaway_last_stream(), running);
  EXPECT_FALSE(pair.over) << "a call runs";
  pair.answer(pair.pending.calls.at(0).token, "done");
  EXPECT_EQ(pair.client.reply(running).outcome(), "0 OK");
  EXPECT_TRUE(pair.over);
}

TEST(Http2DrainTest, ServesACallThatWasOnItsWayWhenTheEndWasAnnounced) {
  SessionPair pair;
  pair.raw(http2_preface());
  pair.session->drain(kGrace);
  pair.raw({});
  EXPECT_FALSE(pair.over) << "the client has not heard yet";
  pair.raw(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_header_block(kEcho)));
  pair.raw(http2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, grpc_message("on its way")));
  ASSERT_EQ(pair.observer.records.size(), 1u);
  EXPECT_EQ(pair.observer.records[0].status, GrpcStatus::kOk);
  EXPECT_FALSE(pair.over);
  EXPECT_TRUE(goaway_in(pair.raw(kHeard)).has_value());
  EXPECT_TRUE(pair.over);
}

TEST(Http2DrainTest, DoesNotWaitLongerThanTheGraceForAClientToHear) {
  SessionPair pair;
  pair.exchange();
  pair.session->drain(kGrace);
  Bytes output = pair.session->pending_output();
  pair.session->consume_output(output.size());
  EXPECT_FALSE(pair.session->ended());
  pair.pass(kGrace);
  EXPECT_TRUE(pair.session->ended());
}

TEST(Http2DrainTest, EndsAnIdleConnectionWhenItsClientHasHeard) {
  SessionPair pair;
  pair.raw(http2_preface());
  pair.session->drain(kGrace);
  pair.raw({});
  EXPECT_FALSE(pair.over);
  pair.raw(kHeard);
  EXPECT_TRUE(pair.over);
}

TEST(Http2DrainTest, EndsAConnectionThatHasNotBegunAtOnce) {
  SessionPair pair;
  pair.session->drain(kGrace);
  pair.session->consume_output(pair.session->pending_output().size());
  EXPECT_TRUE(pair.session->ended());
}

TEST(Http2DrainTest, IgnoresCallsAfterTheLast) {
  SessionPair pair;
  pair.raw(http2_preface());
  const FrameBytes head = http2_header_block(kPending);
  pair.raw(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, head));
  pair.raw(http2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, grpc_message("")));
  pair.session->drain(kGrace);
  pair.raw(kHeard);
  pair.raw(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 3, head));
  pair.raw(http2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 3, grpc_message("too late")));
  EXPECT_EQ(pair.pending.events, std::vector<std::string>{"request "});
  EXPECT_EQ(pair.session->running_calls(), 1u);
  EXPECT_FALSE(pair.over);
}

TEST(Http2DrainTest, TerminatesWithTheCallsItHas) {
  SessionPair pair;
  pair.client.call(kPending, "");
  pair.exchange();
  pair.session->terminate(NGHTTP2_NO_ERROR, {});
  pair.exchange();
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.client.goaway(), std::uint32_t{NGHTTP2_NO_ERROR});
  EXPECT_TRUE(pair.observer.faults.empty());
  pair.session.reset();
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kCancelled);
}

}  // namespace
}  // namespace cryptobroker::testing
