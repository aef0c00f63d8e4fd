#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/http2/grpc_frame.h"
#include "native/test/support/http2_client.h"

namespace cryptobroker::testing {
namespace {

using Step = MessageReader::Step;

MessageReader reader_of(std::size_t keep, std::size_t hard, bool secret = false) {
  MessageReader reader;
  reader.begin({keep, hard, secret});
  return reader;
}

std::string text_of_message(MessageReader& reader) {
  return {reader.message().begin(), reader.message().end()};
}

TEST(Http2FrameTest, ReadsMessagesFromPiecesOfEverySize) {
  std::vector<std::uint8_t> stream = grpc_message("first");
  for (const auto& next : {grpc_message(""), grpc_message(std::string(70'000, 'x'))}) {
    stream.insert(stream.end(), next.begin(), next.end());
  }
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 1000u, 100'000u}) {
    MessageReader reader = reader_of(100'000, 100'000);
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      Bytes chunk = Bytes(stream).subspan(at, std::min(piece, stream.size() - at));
      while (!chunk.empty()) {
        if (reader.read(chunk) == Step::kMessage) {
          sizes.push_back(reader.message().size());
          reader.next();
        }
      }
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 0, 70'000})) << piece;
    EXPECT_FALSE(reader.begun());
  }
}

TEST(Http2FrameTest, StopsAtAPrefixBeyondTheHardLimit) {
  MessageReader reader = reader_of(10, 100);
  const std::vector<std::uint8_t> prefix = grpc_prefix(101);
  Bytes chunk(prefix);
  EXPECT_EQ(reader.read(chunk), Step::kTooLarge);
  EXPECT_EQ(reader.length(), 101u);
  EXPECT_EQ(reader.memory(), 0u);
}

TEST(Http2FrameTest, CountsWhatItDoesNotKeep) {
  MessageReader reader = reader_of(10, 100);
  const std::vector<std::uint8_t> message = grpc_message(std::string(100, 'x'));
  Bytes chunk(message);
  EXPECT_EQ(reader.read(chunk), Step::kMessage);
  EXPECT_FALSE(reader.kept());
  EXPECT_EQ(reader.length(), 100u);
  EXPECT_EQ(reader.memory(), 0u);
}

TEST(Http2FrameTest, TakesMemoryForWhatHasComeRatherThanForWhatIsClaimed) {
  MessageReader reader = reader_of(1 << 30, 1 << 30);
  std::vector<std::uint8_t> begun = grpc_prefix(1 << 30);
  begun.resize(begun.size() + 1000);
  Bytes chunk(begun);
  EXPECT_EQ(reader.read(chunk), Step::kNeedsMore);
  EXPECT_LE(reader.memory(), 16u * 1024);
  const std::vector<std::uint8_t> more(100'000);
  chunk = more;
  EXPECT_EQ(reader.read(chunk), Step::kNeedsMore);
  EXPECT_LE(reader.memory(), 4u * 101'000);
}

TEST(Http2FrameTest, WipesASecretMessageWhenItLetsGoOfIt) {
  MessageReader reader = reader_of(100'000, 100'000, true);
  const std::string secret(1000, 's');
  const std::vector<std::uint8_t> message = grpc_message(secret);
  Bytes chunk(message);
  ASSERT_EQ(reader.read(chunk), Step::kMessage);
  ASSERT_EQ(text_of_message(reader), secret);
  const std::uint8_t* memory = reader.message().data();
  const std::size_t capacity = reader.message().capacity();
  reader.clear();
  ASSERT_EQ(reader.message().data(), memory) << "the memory is kept for the next";
  reader.message().resize(capacity);
  EXPECT_EQ(text_of_message(reader).find('s'), std::string::npos);
}

TEST(Http2FrameTest, ReadsSecretMessagesThatGrow) {
  MessageReader reader = reader_of(1 << 20, 1 << 20, true);
  std::string secret(300'000, 's');
  secret.back() = 't';
  const std::vector<std::uint8_t> message = grpc_message(secret);
  Step step = Step::kNeedsMore;
  for (std::size_t at = 0; at < message.size(); at += 1000) {
    Bytes chunk = Bytes(message).subspan(at, std::min<std::size_t>(1000, message.size() - at));
    step = reader.read(chunk);
  }
  EXPECT_EQ(step, Step::kMessage);
  EXPECT_TRUE(text_of_message(reader) == secret);
}

TEST(Http2FrameTest, FillsInThePrefixOfAReply) {
  std::vector<std::uint8_t> framed(kMessagePrefix + 0x010203);
  framed[0] = 0xff;
  ASSERT_TRUE(fill_message_prefix(framed));
  framed.resize(kMessagePrefix);
  EXPECT_EQ(framed, (std::vector<std::uint8_t>{0, 0, 1, 2, 3}));
  std::vector<std::uint8_t> short_of_one(kMessagePrefix - 1);
  EXPECT_FALSE(fill_message_prefix(short_of_one));
}

}  // namespace
}  // namespace cryptobroker::testing
