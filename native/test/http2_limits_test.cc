// Clients that ask for too much, on a session: each is bounded, and told so.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/test/support/http2_frames.h"
#include "native/test/support/http2_session.h"

namespace cryptobroker::testing {
namespace {

using Texts = std::vector<std::string>;

const std::string kEcho = "/t.Test/Echo";
const std::string kPending = "/t.Test/Pending";

FrameBytes bytes_of_text(std::string_view text) { return {text.begin(), text.end()}; }

FrameBytes both(FrameBytes first, const FrameBytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(Http2LimitsTest, EndsAConnectionThatDoesNotSpeakHttp2) {
  SessionPair pair;
  pair.raw(bytes_of_text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.observer.faults, Texts{"a connection did not speak HTTP/2"});
}

TEST(Http2LimitsTest, EndsAConnectionWhoseFirstFrameIsNotSettings) {
  SessionPair pair;
  const FrameBytes answer =
      pair.raw(both(bytes_of_text(kHttp2Magic), http2_frame(NGHTTP2_PING, 0, 0, FrameBytes(8))));
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(goaway_in(answer), std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  EXPECT_EQ(pair.observer.faults, Texts{"a connection broke the rules of HTTP/2"});
}

TEST(Http2LimitsTest, EndsAConnectionThatSaysNothing) {
  SessionPair pair;
  pair.session->consume_output(pair.session->pending_output().size());
  pair.clock.now_ns += 10'000 * kMillisecond - 1;
  pair.context.timers.expire(pair.clock.now_ns);
  EXPECT_FALSE(pair.session->ended());
  pair.context.timers.expire(pair.clock.now_ns + 1);
  pair.session->consume_output(pair.session->pending_output().size());
  EXPECT_TRUE(pair.session->ended());
  EXPECT_EQ(pair.observer.faults, Texts{"a connection did not begin to speak HTTP/2 in time"});
}

TEST(Http2LimitsTest, LetsAConnectionRestOnceItHasBegun) {
  SessionPair pair;
  pair.exchange();
  pair.pass(3'600'000 * kMillisecond);
  EXPECT_FALSE(pair.over);
  EXPECT_EQ(pair.outcome(kEcho, "x"), "0 OK");
}

TEST(Http2LimitsTest, EndsAConnectionThatResetsTooManyCalls) {
  SessionPair pair;
  const auto reset_calls = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const std::int32_t stream = pair.client.call(kPending, "");
      pair.exchange();
      pair.client.reset(stream);
      pair.exchange();
    }
  };
  reset_calls(1000);
  EXPECT_FALSE(pair.over);
  // In five seconds as many as that may come again.
  pair.pass(5'000 * kMillisecond);
  reset_calls(1000);
  EXPECT_FALSE(pair.over);
  reset_calls(1);
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.observer.faults, Texts{"a connection reset too many calls"});
  EXPECT_EQ(pair.client.goaway(), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
}

TEST(Http2LimitsTest, EndsAConnectionThatMakesUsResetTooManyStreams) {
  SessionPair pair;
  pair.raw(http2_preface());
  std::uint32_t stream = 1;
  FrameBytes answer;
  // A stream window opened too far is an error of the stream (RFC 9113 §6.9.1).
  for (int i = 0; i < 1001 && !pair.over; ++i, stream += 2) {
    answer = pair.raw(both(
        http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, http2_header_block(kEcho)),
        http2_frame(NGHTTP2_WINDOW_UPDATE, 0, stream, {0x7f, 0xff, 0xff, 0xff})));
  }
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(stream, 2003u);
  EXPECT_EQ(goaway_in(answer), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_EQ(pair.observer.faults, Texts{"a connection made us reset too many calls"});
  EXPECT_EQ(pair.observer.records.size(), 1001u);
}

TEST(Http2LimitsTest, EndsAConnectionThatSendsTooManyFramesWithoutAMessage) {
  const std::vector<FrameBytes> floods = {
      http2_frame(NGHTTP2_PING, 0, 0, FrameBytes(8)),
      http2_frame(NGHTTP2_SETTINGS, 0, 0, {}),
      http2_frame(NGHTTP2_PRIORITY, 0, 1, {0, 0, 0, 0, 7}),
      http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, {0, 0, 0, 1}),
      // Of types that nobody knows, and of those that extensions of HTTP/2 have.
      http2_frame(0x77, 0xff, 9, {1, 2, 3}),
      http2_frame(0xff, 0, 0, {}),
      http2_frame(NGHTTP2_ALTSVC, 0, 0, {0, 0}),
      http2_frame(NGHTTP2_PRIORITY_UPDATE, 0, 0, {0, 0, 0, 1, 'u'}),
  };
  for (const FrameBytes& one : floods) {
    SessionPair pair;
    pair.raw(http2_preface());
    FrameBytes answer;
    for (int i = 0; i < 25 && !pair.over; ++i) {
      answer = pair.raw(repeated(100, one));
    }
    EXPECT_TRUE(pair.over) << int{one[3]};
    EXPECT_EQ(goaway_in(answer), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM}) << int{one[3]};
    EXPECT_EQ(pair.observer.faults, Texts{"a connection sent too many frames without a message"});
  }
}

TEST(Http2LimitsTest, PassesOverFramesOfUnknownTypes) {
  SessionPair pair;
  pair.raw(http2_preface());
  for (const std::size_t size : {0u, 1u, 16'384u}) {
    for (const std::uint32_t stream : {0u, 1u, 2u, 77u}) {
      const FrameBytes answer = pair.raw(
          http2_frame(static_cast<std::uint8_t>(10 + size % 200), 0xff, stream, FrameBytes(size)));
      EXPECT_EQ(goaway_in(answer), std::nullopt) << size << " on stream " << stream;
    }
  }
  EXPECT_FALSE(pair.over);
  EXPECT_TRUE(pair.session->idle());
  const FrameBytes answer = pair.raw(http2_frame(NGHTTP2_PING, 0, 0, FrameBytes(8)));
  EXPECT_EQ(answer.size(), 9u + 8u);
  EXPECT_TRUE(pair.observer.faults.empty());
}

// RFC 9113 §6.8: it names a stream that the server began. Clients that name one of theirs exist.
TEST(Http2LimitsTest, SaysNothingOfAClientThatGoesInTheWrongWords) {
  const std::vector<FrameBytes> goodbyes = {
      http2_frame(NGHTTP2_GOAWAY, 0, 0, {0, 0, 0, 1, 0, 0, 0, 0}),
      http2_frame(NGHTTP2_GOAWAY, 0, 0, {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'b', 'y', 'e'}),
      http2_frame(NGHTTP2_GOAWAY, 0, 1, FrameBytes(8)),
  };
  for (const FrameBytes& goodbye : goodbyes) {
    SessionPair pair;
    pair.raw(http2_preface());
    const FrameBytes answer = pair.raw(goodbye);
    EXPECT_TRUE(pair.over);
    EXPECT_EQ(goaway_in(answer), std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
    EXPECT_EQ(pair.observer.faults, Texts{});
  }
}

TEST(Http2LimitsTest, StillTellsOfAnotherFaultBehindARightGoaway) {
  SessionPair pair;
  pair.raw(http2_preface());
  pair.raw(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_header_block(kEcho)));
  pair.raw(http2_frame(NGHTTP2_GOAWAY, 0, 0, FrameBytes(8)));
  EXPECT_FALSE(pair.over);
  pair.raw(http2_frame(NGHTTP2_PING, 0, 1, FrameBytes(8)));
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.observer.faults, Texts{"a connection broke the rules of HTTP/2"});
}

TEST(Http2LimitsTest, EndsAConnectionThatSendsEmptyData) {
  SessionPair pair;
  pair.raw(http2_preface());
  pair.raw(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_header_block(kEcho)));
  pair.raw(repeated(2100, http2_frame(NGHTTP2_DATA, 0, 1, {})));
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.observer.faults, Texts{"a connection sent too many frames without a message"});
}

TEST(Http2LimitsTest, EndsAConnectionThatDoesNotReadItsAcknowledgements) {
  SessionPair pair;
  pair.raw(http2_preface());
  const FrameBytes answer =
      pair.raw(repeated(1500, http2_frame(NGHTTP2_PING, 0, 0, FrameBytes(8))));
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(goaway_in(answer), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_EQ(pair.observer.faults, Texts{"a connection sent too many frames without a message"});
}

TEST(Http2LimitsTest, AllowsAPingAlongWithEveryCall) {
  SessionPair pair;
  for (int i = 0; i < 5000; ++i) {
    pair.client.ping();
    ASSERT_EQ(pair.outcome(kEcho, "x"), "0 OK") << i;
  }
  EXPECT_EQ(pair.client.pings_answered(), 5000u);
  EXPECT_TRUE(pair.observer.faults.empty());
}

TEST(Http2LimitsTest, ResetsACallWithTooManyHeaderBytes) {
  SessionPair pair;
  const std::int32_t one = pair.client.call(kEcho, "x", {{"x-long", std::string(17'000, 'a')}});
  pair.exchange();
  EXPECT_EQ(pair.client.reply(one).outcome(), "reset 11");
  Http2Headers numerous = grpc_headers(kEcho);
  while (numerous.size() < 128) {
    numerous.emplace_back("x-" + std::to_string(numerous.size()), "v");
  }
  const std::int32_t as_many_as_may_be = pair.client.request(numerous, grpc_message("x"));
  pair.exchange();
  EXPECT_EQ(pair.client.reply(as_many_as_may_be).outcome(), "0 OK");
  numerous.emplace_back("x-one-more", "v");
  pair.echo.calls.clear();
  const std::int32_t many_headers = pair.client.request(numerous, grpc_message("x"));
  pair.exchange();
  EXPECT_EQ(pair.client.reply(many_headers).outcome(), "reset 11");
  EXPECT_TRUE(pair.echo.calls.empty());
  EXPECT_EQ(pair.outcome(kEcho, "x", {{"x-long", std::string(15'000, 'a')}}), "0 OK");
}

TEST(Http2LimitsTest, ResetsACallWithTooManyTrailerBytes) {
  SessionPair pair;
  const std::int32_t stream = pair.client.request(grpc_headers(kEcho), grpc_message("x"), true);
  pair.client.send_trailers(stream, {{"x-long", std::string(17'000, 'a')}});
  pair.exchange();
  EXPECT_EQ(pair.client.reply(stream).outcome(), "reset 11");
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kCancelled);
  EXPECT_TRUE(pair.echo.calls.empty());
}

TEST(Http2LimitsTest, SurvivesHeadersThatUnfoldToMegabytes) {
  SessionPair pair;
  pair.raw(http2_preface());
  // One header of 4000 bytes into the table, then named by one byte each.
  FrameBytes block = http2_header_block(kEcho);
  block = both(block, {0x40, 3, 'x', '-', 'a', 0x7f, 0xa1, 0x1e});
  block.insert(block.end(), 4000, 'v');
  block.insert(block.end(), 10'000, 0xbe);
  pair.raw(
      http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block));
  EXPECT_EQ(pair.observer.faults, Texts{"a request had too many header bytes"});
  EXPECT_FALSE(pair.over);
  EXPECT_TRUE(pair.session->idle());
}

TEST(Http2LimitsTest, EndsAConnectionThatNeverEndsItsHeaders) {
  SessionPair pair;
  pair.raw(http2_preface());
  pair.raw(http2_frame(NGHTTP2_HEADERS, 0, 1, http2_header_block(kEcho)));
  for (int i = 0; i < 20 && !pair.over; ++i) {
    pair.raw(http2_frame(NGHTTP2_CONTINUATION, 0, 1, {}));
  }
  EXPECT_TRUE(pair.over);
}

TEST(Http2LimitsTest, EndsAConnectionWhoseHeadersDoNotArriveInTime) {
  SessionPair pair;
  pair.raw(http2_preface());
  pair.raw(http2_frame(NGHTTP2_HEADERS, 0, 1, http2_header_block(kEcho)));
  pair.clock.now_ns += 30'000 * kMillisecond;
  pair.context.timers.expire(pair.clock.now_ns);
  EXPECT_EQ(goaway_in(pair.raw({})), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.observer.faults, Texts{"the headers of a request did not arrive in time"});
}

TEST(Http2LimitsTest, TakesHeadersInSeveralFrames) {
  SessionPair pair;
  pair.raw(http2_preface());
  const FrameBytes block = http2_header_block(kEcho);
  pair.raw(http2_frame(NGHTTP2_HEADERS, 0, 1, {block.begin(), block.begin() + 10}));
  pair.raw(http2_frame(NGHTTP2_CONTINUATION, 0, 1, {block.begin() + 10, block.begin() + 50}));
  pair.raw(http2_frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1,
                       {block.begin() + 50, block.end()}));
  pair.raw(http2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, grpc_message("x")));
  EXPECT_EQ(pair.echo.calls.size(), 1u);
  EXPECT_EQ(pair.context.timers.next_ns(), TimerQueue::kNever);
}

TEST(Http2LimitsTest, RefusesStreamsBeyondTheCap) {
  Http2Limits limits;
  limits.max_concurrent_streams = 3;
  SessionPair pair(limits);
  pair.raw(both(http2_preface(), http2_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, {})));
  FrameBytes calls;
  for (std::uint32_t stream = 1; stream <= 7; stream += 2) {
    calls = both(calls, http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream,
                                    http2_header_block(kEcho)));
  }
  EXPECT_EQ(goaway_in(pair.raw(calls)), std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  EXPECT_TRUE(pair.over);
  EXPECT_EQ(pair.session->running_calls(), 3u);
}

TEST(Http2LimitsTest, ResetsARequestWhenUnfinishedOnesHoldTooMuch) {
  Http2Limits limits;
  limits.max_pending_bytes = 100'000;
  SessionPair pair(limits);
  const std::string half(60'000, 'x');
  std::vector<std::uint8_t> body = grpc_prefix(1'000'000);
  body.insert(body.end(), half.begin(), half.end());
  const std::int32_t first = pair.client.request(grpc_headers(kEcho), body, true);
  const std::int32_t second = pair.client.request(grpc_headers(kEcho), body, true);
  pair.exchange();
  EXPECT_EQ(pair.client.reply(first).outcome(), "open");
  EXPECT_EQ(pair.client.reply(second).outcome(), "reset 11");
  EXPECT_EQ(pair.observer.faults, Texts{"unfinished requests held too much memory"});
  EXPECT_EQ(pair.observer.records.at(0).status, GrpcStatus::kCancelled);
  EXPECT_EQ(pair.shared.totals.pending_bytes, 64 * 1024u) << "the memory of the first";
  pair.client.reset(first);
  pair.exchange();
  EXPECT_EQ(pair.shared.totals.pending_bytes, 0u);
}

TEST(Http2LimitsTest, DoesNotKeepWhatItWillRefuse) {
  Http2Limits limits;
  limits.max_pending_bytes = 100'000;
  limits.max_request_bytes = 50'000;
  SessionPair pair(limits);
  EXPECT_EQ(pair.outcome(kEcho, std::string(3'000'000, 'x')),
            "3 message:%20too%20large%20(max%2050000)");
}

TEST(Http2LimitsTest, ResetsRepliesThatNobodyReads) {
  Http2Limits limits;
  limits.max_unsent_bytes = 150'000;
  SessionPair pair(limits);
  Http2Client slow({0, false});
  const std::string large(60'000, 'x');
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(slow.call(kEcho, large));
    pair.exchange(slow);
  }
  EXPECT_EQ(slow.reply(streams[0]).outcome(), "open");
  EXPECT_EQ(slow.reply(streams[1]).outcome(), "open");
  EXPECT_EQ(slow.reply(streams[2]).outcome(), "reset 11");
  EXPECT_EQ(slow.reply(streams[3]).outcome(), "reset 11");
  EXPECT_EQ(pair.observer.faults, Texts{"a client did not read its replies"});
  EXPECT_EQ(pair.session->unsent(), 2 * 60'005u);
  slow.open_window(streams[0], 200'000);
  pair.exchange(slow);
  EXPECT_EQ(slow.reply(streams[0]).outcome(), "0 OK");
  EXPECT_EQ(pair.session->unsent(), 60'005u);
}

TEST(Http2LimitsTest, BoundsTheRepliesThatAllConnectionsHaveWaiting) {
  Http2Limits limits;
  limits.max_pending_bytes = 100'000;
  SessionPair pair(limits);
  pair.shared.totals.unsent_bytes = 99'000;
  EXPECT_EQ(pair.outcome(kEcho, std::string(2000, 'x')), "reset 11");
  EXPECT_EQ(pair.shared.totals.unsent_bytes, 99'000u);
  EXPECT_EQ(pair.outcome(kEcho, "x"), "0 OK");
  pair.shared.totals.unsent_bytes = 0;
}

TEST(Http2LimitsTest, SurvivesEveryPrefixAndEveryFlippedBitOfAnHonestClient) {
  std::vector<std::uint8_t> honest;
  {
    Http2Client client;
    client.call(kEcho, "a message", {{"grpc-timeout", "1S"}});
    client.ping();
    client.call("/t.Test/Bidi", "another");
    honest = client.output();
  }
  for (std::size_t size = 0; size <= honest.size(); ++size) {
    SessionPair pair;
    std::vector<std::uint8_t> part(honest.begin(),
                                   honest.begin() + static_cast<std::ptrdiff_t>(size));
    pair.session->receive(part);
    while (!pair.session->pending_output().empty()) {
      pair.session->consume_output(pair.session->pending_output().size());
    }
  }
  for (std::size_t bit = 0; bit < honest.size() * 8; ++bit) {
    SessionPair pair;
    std::vector<std::uint8_t> damaged = honest;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1u << bit % 8));
    pair.session->receive(damaged);
    const Bytes output = pair.session->pending_output();
    pair.session->consume_output(output.size());
  }
}

}  // namespace
}  // namespace cryptobroker::testing
