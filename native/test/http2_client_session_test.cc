#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "native/http2/client_session.h"

namespace cryptobroker {
namespace {

using Kind = ClientSession::Outcome::Kind;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;

Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Octets text(std::string_view value) { return {value.begin(), value.end()}; }

Octets frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, const Octets& payload) {
  const auto octet = [](std::size_t number, int shift) {
    return static_cast<std::uint8_t>(number >> shift);
  };
  return Octets{octet(payload.size(), 16),
                octet(payload.size(), 8),
                octet(payload.size(), 0),
                type,
                flags,
                octet(stream, 24),
                octet(stream, 16),
                octet(stream, 8),
                octet(stream, 0)} +
         payload;
}

// A field that no table remembers (RFC 7541 §6.2.2).
Octets field(std::string_view name, std::string_view value) {
  const auto literal = [](std::string_view octets) {
    Octets coded;
    if (octets.size() < 127) {
      coded.push_back(static_cast<std::uint8_t>(octets.size()));
    } else {
      coded.push_back(127);
      std::size_t rest = octets.size() - 127;
      for (; rest >= 128; rest >>= 7) {
        coded.push_back(static_cast<std::uint8_t>(rest | 128));
      }
      coded.push_back(static_cast<std::uint8_t>(rest));
    }
    return coded + text(octets);
  };
  return Octets{0} + literal(name) + literal(value);
}

Octets settings(const Octets& entries = {}) { return frame(4, 0, 0, entries); }
Octets head(std::uint32_t stream) {
  return frame(1, kEndHeaders, stream,
               field(":status", "200") + field("content-type", "application/grpc+proto"));
}
Octets message(std::string_view content, std::uint8_t compressed = 0) {
  const auto size = static_cast<std::uint32_t>(content.size());
  return Octets{compressed, static_cast<std::uint8_t>(size >> 24),
                static_cast<std::uint8_t>(size >> 16), static_cast<std::uint8_t>(size >> 8),
                static_cast<std::uint8_t>(size)} +
         text(content);
}
Octets data(std::uint32_t stream, const Octets& content) { return frame(0, 0, stream, content); }
Octets trailers(std::uint32_t stream, std::string_view status) {
  return frame(1, kEndHeaders | kEndStream, stream, field("grpc-status", status));
}
Octets answer(std::uint32_t stream, std::string_view content) {
  return head(stream) + data(stream, message(content)) + trailers(stream, "0");
}

class ClientSessionTest : public testing::Test {
 protected:
  ClientSessionTest() : session_(ClientSession::create()) {
    written();
    receive(settings());
    written();
  }

  std::int32_t start(std::string_view request = "request") {
    return session_->start("/package.Service/Method", Bytes(text(request)), 1000);
  }
  void receive(const Octets& octets) { session_->receive(octets); }
  // All that the session wants to send, asked for in small portions.
  Octets written() {
    Octets all;
    std::vector<std::uint8_t> part(ClientSession::kMinOutput);
    while (session_->has_output()) {
      const std::size_t size = session_->write(part);
      if (size == 0) {
        break;
      }
      all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return all;
  }
  // How one call ended.
  ClientSession::Outcome outcome() {
    EXPECT_EQ(session_->outcomes().size(), 1u);
    ClientSession::Outcome only = std::move(session_->outcomes().back());
    session_->outcomes().clear();
    return only;
  }

  std::unique_ptr<ClientSession> session_;
};

TEST_F(ClientSessionTest, StartsWithThePrefaceAndWaitsForTheServersSettings) {
  const auto fresh = ClientSession::create();
  EXPECT_EQ(fresh->phase(), ClientSession::Phase::kGreeting);
  EXPECT_FALSE(fresh->may_start());
  Octets octets(ClientSession::kMinOutput);
  octets.resize(fresh->write(octets));
  const std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  EXPECT_EQ(std::string(octets.begin(), octets.begin() + 24), preface);
  EXPECT_EQ(session_->phase(), ClientSession::Phase::kOpen);
  EXPECT_TRUE(session_->may_start());
}

TEST_F(ClientSessionTest, HandsOverTheMessageOfACallThatEndsWell) {
  const std::int32_t id = start();
  EXPECT_EQ(session_->running(), 1u);
  written();
  receive(answer(1, "response"));
  const ClientSession::Outcome ended = outcome();
  EXPECT_EQ(ended.id, id);
  EXPECT_EQ(ended.kind, Kind::kAnswered);
  EXPECT_EQ(ended.payload, text("response"));
  EXPECT_EQ(session_->running(), 0u);
}

TEST_F(ClientSessionTest, HandsOverTheFieldsOfACallThatEndsOtherwise) {
  start();
  written();
  receive(head(1) + trailers(1, "5"));
  const ClientSession::Outcome ended = outcome();
  EXPECT_EQ(ended.kind, Kind::kHeaders);
  std::array<std::uint32_t, 4> words{};
  ASSERT_GE(ended.payload.size(), sizeof words);
  std::memcpy(words.data(), ended.payload.data(), sizeof words);
  // Ended by trailers; the first field of the head has a name of 7 octets and a value of 3.
  EXPECT_EQ(words[0], 2u);
  EXPECT_EQ(words[2], 7u);
  EXPECT_EQ(words[3], 3u);
  EXPECT_EQ(std::string(ended.payload.end() - 12, ended.payload.end()), "grpc-status5");
}

TEST_F(ClientSessionTest, RefusesAnswersBeyondTheLimits) {
  const Octets too_large = Octets{0, 0, 64, 0, 1};  // 4 MiB and 1
  const struct {
    Octets octets;
    Kind kind;
  } cases[] = {
      {data(1, too_large), Kind::kTooLarge},
      {data(1, message("x", 1)), Kind::kCompressed},
      {data(1, message("x") + message("y")), Kind::kTooMany},
      {data(1, Octets{0, 0, 0, 0, 9, 1}) + trailers(1, "0"), Kind::kMalformed},
  };
  std::uint32_t id = 1;
  for (const auto& [octets, kind] : cases) {
    start();
    written();
    Octets moved = head(1) + octets;
    // Every call has the next stream.
    for (std::size_t at = 0; at < moved.size();) {
      moved[at + 8] = static_cast<std::uint8_t>(id);
      at += 9 + (static_cast<std::size_t>(moved[at + 1]) << 8 | moved[at + 2]);
    }
    receive(moved);
    EXPECT_EQ(outcome().kind, kind);
    EXPECT_EQ(session_->phase(), ClientSession::Phase::kOpen);
    id += 2;
  }
}

TEST_F(ClientSessionTest, RefusesAHeaderListBeyondTheLimit) {
  start();
  written();
  receive(frame(1, kEndHeaders | kEndStream, 1,
                field(":status", "200") + field("x", std::string(15'000, 'a')) +
                    field("y", std::string(1'300, 'b'))));
  written();
  EXPECT_EQ(outcome().kind, Kind::kMalformed);
  EXPECT_EQ(session_->phase(), ClientSession::Phase::kOpen);
}

TEST_F(ClientSessionTest, SaysWhatWasNeverLookedAt) {
  start();
  written();
  receive(frame(3, 0, 1, {0, 0, 0, 7}));
  ClientSession::Outcome refused = outcome();
  EXPECT_EQ(refused.kind, Kind::kUnprocessed);
  EXPECT_EQ(refused.detail, 1u);

  start();
  written();
  start();  // has not left
  receive(frame(7, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}));
  written();
  EXPECT_EQ(session_->phase(), ClientSession::Phase::kRetiring);
  ASSERT_EQ(session_->outcomes().size(), 2u);
  for (const ClientSession::Outcome& ended : session_->outcomes()) {
    EXPECT_EQ(ended.kind, Kind::kUnprocessed);
    EXPECT_EQ(ended.detail, ended.id == 3 ? 1u : 0u);
  }
}

TEST_F(ClientSessionTest, ReportsTheCodeOfAReset) {
  start();
  written();
  receive(frame(3, 0, 1, {0, 0, 0, 11}));
  const ClientSession::Outcome ended = outcome();
  EXPECT_EQ(ended.kind, Kind::kReset);
  EXPECT_EQ(ended.detail, 11u);
}

TEST_F(ClientSessionTest, SendsNothingOfACallThatIsGivenUpBeforeItHasLeft) {
  const std::int32_t id = start();
  session_->cancel(id);
  session_->cancel(id);
  EXPECT_EQ(session_->running(), 0u);
  EXPECT_TRUE(written().empty());
  EXPECT_TRUE(session_->outcomes().empty());
}

TEST_F(ClientSessionTest, ResetsACallThatIsGivenUp) {
  const std::int32_t id = start();
  written();
  session_->cancel(id);
  const Octets sent = written();
  ASSERT_EQ(sent.size(), 13u);
  EXPECT_EQ(sent[3], 3);
  receive(answer(1, "late"));
  EXPECT_TRUE(session_->outcomes().empty());
  EXPECT_EQ(session_->phase(), ClientSession::Phase::kOpen);
}

TEST_F(ClientSessionTest, AllowsAsManyCallsAsTheServer) {
  receive(settings({0, 3, 0, 0, 0, 1}));
  EXPECT_TRUE(session_->may_start());
  start();
  EXPECT_FALSE(session_->may_start());
}

TEST_F(ClientSessionTest, SendsALargeRequestAsTheWindowAllows) {
  start(std::string(100'000, 'r'));
  const std::size_t first = written().size();
  EXPECT_GT(first, 65'535u);
  EXPECT_LT(first, 67'000u);
  receive(frame(8, 0, 0, {0, 1, 0, 0}) + frame(8, 0, 1, {0, 1, 0, 0}));
  EXPECT_GT(first + written().size(), 100'000u);
}

TEST_F(ClientSessionTest, EndsEveryCallWhenTheServerBreaksTheProtocol) {
  start();
  written();
  receive(frame(8, 0, 0, {0, 0, 0, 0}));
  const Octets goodbye = written();
  ASSERT_GT(goodbye.size(), 9u);
  EXPECT_EQ(goodbye[3], 7);
  EXPECT_EQ(outcome().kind, Kind::kBroken);
  EXPECT_EQ(session_->phase(), ClientSession::Phase::kFailed);
  receive(answer(1, "late"));
  EXPECT_EQ(session_->start("/x", {}, 1), 0);
  EXPECT_TRUE(session_->outcomes().empty());
}

TEST_F(ClientSessionTest, EndsEveryCallWhenTheConnectionIsLost) {
  start();
  written();
  start();
  session_->lost();
  session_->lost();
  ASSERT_EQ(session_->outcomes().size(), 2u);
  for (const ClientSession::Outcome& ended : session_->outcomes()) {
    EXPECT_EQ(ended.kind, ended.id == 1 ? Kind::kBroken : Kind::kUnprocessed);
  }
  EXPECT_FALSE(session_->has_output());
}

TEST_F(ClientSessionTest, KeepsWhatDoesNotFitIntoABuffer) {
  start(std::string(20'000, 'r'));
  Octets all;
  std::array<std::uint8_t, 100> part{};
  while (session_->has_output()) {
    const std::size_t size = session_->write(part);
    ASSERT_GT(size, 0u);
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
  }
  EXPECT_GT(all.size(), 20'000u);
}

}  // namespace
}  // namespace cryptobroker
