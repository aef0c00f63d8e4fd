// Which requests are malformed, and which of their fields are passed over: by examples, and in
// comparison with nghttp2, whose own checks are off in the server.
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "native/http2/header_rules.h"
#include "native/test/support/http2_frames.h"

namespace cryptobroker::testing {
namespace {

using Kind = HeaderField::Kind;
using Field = std::pair<std::string, std::string>;
using Fields = std::vector<Field>;

// A request as frames have it.
struct Request {
  Fields headers;
  bool has_body = false;
  std::size_t body = 0;
  bool has_trailers = false;
  Fields trailers;
  // The last frame ends the stream.
  bool ends = true;
};

struct Judgement {
  bool malformed = false;
  // In the order of their coming.
  Fields passed_over;

  bool operator==(const Judgement&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Judgement& judgement) {
  out << (judgement.malformed ? "malformed" : "fine");
  for (const auto& [name, value] : judgement.passed_over) {
    out << ", without " << ::testing::PrintToString(name) << ": "
        << ::testing::PrintToString(value);
  }
  return out;
}

// Ours.
Judgement judge(const Request& request) {
  HeaderRules rules;
  Judgement judgement;
  const auto allow = [&](const Fields& fields, bool in_trailers) {
    for (const auto& [name, value] : fields) {
      const HeaderField field = read_header_field(name, value);
      if (!rules.allow(field, in_trailers)) {
        return false;
      }
      if (field.kind == Kind::kPassedOver) {
        judgement.passed_over.emplace_back(name, value);
      }
    }
    return true;
  };
  const auto fine = [&] {
    if (!allow(request.headers, false) || !rules.begin_body()) {
      return false;
    }
    if (request.has_body && !rules.count_body(request.body)) {
      return false;
    }
    if (request.has_trailers && (!allow(request.trailers, true) || !request.ends)) {
      return false;
    }
    return !request.ends || rules.body_is_whole();
  };
  judgement.malformed = !fine();
  return judgement;
}

// nghttp2's.
class Oracle {
 public:
  Oracle() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_hd_deflate_new(&deflater_, 4096);
  }
  ~Oracle() {
    nghttp2_session_del(session_);
    nghttp2_hd_deflate_del(deflater_);
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  Judgement judge(const Request& request) {
    headers(request.headers, request.ends && !request.has_body && !request.has_trailers);
    if (request.has_body) {
      frame(NGHTTP2_DATA, request.ends && !request.has_trailers ? NGHTTP2_FLAG_END_STREAM : 0,
            FrameBytes(request.body));
    }
    if (request.has_trailers) {
      headers(request.trailers, request.ends);
    }
    EXPECT_EQ(nghttp2_session_mem_recv2(session_, bytes_.data(), bytes_.size()),
              static_cast<nghttp2_ssize>(bytes_.size()));
    const std::uint8_t* sent = nullptr;
    while (nghttp2_session_mem_send2(session_, &sent) > 0) {
    }
    return judgement_;
  }

 private:
  void headers(const Fields& fields, bool last) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      const auto octets = [](const std::string& text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
      };
      list.push_back({octets(name), octets(value), name.size(), value.size(), 0});
    }
    FrameBytes block(nghttp2_hd_deflate_bound(deflater_, list.data(), list.size()));
    const nghttp2_ssize size =
        nghttp2_hd_deflate_hd2(deflater_, block.data(), block.size(), list.data(), list.size());
    ASSERT_GE(size, 0);
    block.resize(static_cast<std::size_t>(size));
    frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | (last ? NGHTTP2_FLAG_END_STREAM : 0), block);
  }
  void frame(std::uint8_t type, int flags, const FrameBytes& payload) {
    const FrameBytes made = http2_frame(type, static_cast<std::uint8_t>(flags), 1, payload);
    bytes_.insert(bytes_.end(), made.begin(), made.end());
  }

  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                               std::size_t name_size, const std::uint8_t* value,
                               std::size_t value_size, std::uint8_t, void* self) {
    static_cast<Oracle*>(self)->judgement_.passed_over.emplace_back(
        std::string(name, name + name_size), std::string(value, value + value_size));
    return 0;
  }
  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      EXPECT_EQ(frame->rst_stream.error_code, NGHTTP2_PROTOCOL_ERROR);
      static_cast<Oracle*>(self)->judgement_.malformed = true;
    }
    return 0;
  }

  nghttp2_session* session_ = nullptr;
  nghttp2_hd_deflater* deflater_ = nullptr;
  FrameBytes bytes_ = http2_preface();
  Judgement judgement_;
};

Fields usual() {
  return {{":method", "POST"},
          {":scheme", "http"},
          {":path", "/a.B/c"},
          {":authority", "localhost"},
          {"content-type", "application/grpc"},
          {"te", "trailers"}};
}

// What has something to do with the rules, some of it often.
Field some_field(std::mt19937& random) {
  static const std::vector<std::string> names = {":method",
                                                 ":scheme",
                                                 ":path",
                                                 ":authority",
                                                 ":method",
                                                 ":scheme",
                                                 ":path",
                                                 ":authority",
                                                 ":protocol",
                                                 ":status",
                                                 ":",
                                                 ":Path",
                                                 ":x",
                                                 "",
                                                 "a b",
                                                 "A",
                                                 "x",
                                                 "X-y",
                                                 "a\x80",
                                                 "host",
                                                 "content-length",
                                                 "te",
                                                 "connection",
                                                 "keep-alive",
                                                 "proxy-connection",
                                                 "transfer-encoding",
                                                 "upgrade",
                                                 "content-type",
                                                 "grpc-timeout",
                                                 "grpc-encoding",
                                                 "trailer",
                                                 "cookie"};
  static const std::vector<std::string> values = {"",
                                                  "POST",
                                                  "CONNECT",
                                                  "OPTIONS",
                                                  "HEAD",
                                                  "P OST",
                                                  "http",
                                                  "HTTPS",
                                                  "h2+x.y-1",
                                                  "1http",
                                                  "h_t",
                                                  "/",
                                                  "/a",
                                                  "*",
                                                  "a/b",
                                                  "/a b",
                                                  "/\x80",
                                                  "localhost",
                                                  "user@host",
                                                  "[::1]:80",
                                                  "a/b",
                                                  "trailers",
                                                  "Trailers",
                                                  "trailers, deflate",
                                                  "0",
                                                  "5",
                                                  "05",
                                                  "+5",
                                                  "9223372036854775807",
                                                  "9223372036854775808",
                                                  "99999999999999999999",
                                                  "5 ",
                                                  " 5",
                                                  "x\ty",
                                                  "\tx",
                                                  "x\x7f",
                                                  std::string("x\0y", 3),
                                                  "\xc3\xa9",
                                                  "1S",
                                                  "identity",
                                                  "application/grpc"};
  return {names[random() % names.size()], values[random() % values.size()]};
}

TEST(Http2HeaderRulesTest, JudgesRequestsAsNghttp2Does) {
  std::mt19937 random(11);
  std::size_t malformed = 0;
  std::size_t passed_over = 0;
  constexpr std::size_t kRounds = 20'000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    Request request;
    request.headers = usual();
    for (std::size_t changes = random() % 4; changes > 0; --changes) {
      const std::size_t place = random() % request.headers.size();
      const auto at = request.headers.begin() + static_cast<std::ptrdiff_t>(place);
      switch (random() % 4) {
        case 0:
          request.headers.insert(at, some_field(random));
          break;
        case 1:
          request.headers.push_back(some_field(random));
          break;
        case 2:
          at->second = some_field(random).second;
          break;
        default:
          if (request.headers.size() > 1) {
            request.headers.erase(at);
          }
      }
    }
    request.has_body = random() % 2 == 0;
    request.body = random() % 7;
    request.has_trailers = random() % 4 == 0;
    for (std::size_t i = random() % 3; i > 0; --i) {
      request.trailers.push_back(some_field(random));
    }
    request.ends = random() % 4 != 0;
    const Judgement expected = Oracle().judge(request);
    malformed += expected.malformed ? 1 : 0;
    passed_over += expected.passed_over.empty() ? 0 : 1;
    ASSERT_EQ(judge(request), expected)
        << ::testing::PrintToString(request.headers) << ", body "
        << (request.has_body ? std::to_string(request.body) : "none") << ", trailers "
        << (request.has_trailers ? ::testing::PrintToString(request.trailers) : "none")
        << (request.ends ? "" : ", open");
  }
  // Neither all nor nothing.
  EXPECT_GT(malformed, kRounds / 4);
  EXPECT_LT(malformed, kRounds * 3 / 4);
  EXPECT_GT(passed_over, kRounds / 50);
}

TEST(Http2HeaderRulesTest, JudgesEveryOctetOfNamesAndValuesAsNghttp2Does) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text = std::string("/x") + static_cast<char>(octet) + "y";
    for (const char* name : {":method", ":scheme", ":path", ":authority", "host", "x"}) {
      Request request;
      request.headers = usual();
      for (Field& field : request.headers) {
        if (field.first == name) {
          field.second = name == std::string(":path") ? text : text.substr(1);
        }
      }
      request.headers.emplace_back("host", text.substr(1));
      request.headers.emplace_back("x", text);
      request.headers.emplace_back(text.substr(1), "x");
      EXPECT_EQ(judge(request), Oracle().judge(request)) << name << " with octet " << octet;
    }
  }
}

TEST(Http2HeaderRulesTest, TakesABodyOfExactlyTheLengthThatWasSaid) {
  Request request;
  request.headers = usual();
  request.headers.emplace_back("content-length", "5");
  request.has_body = true;
  for (const std::size_t body : {0u, 4u, 5u, 6u}) {
    request.body = body;
    EXPECT_EQ(judge(request).malformed, body != 5) << body;
  }
  request.ends = false;
  request.body = 4;
  EXPECT_FALSE(judge(request).malformed);
}

TEST(Http2HeaderRulesTest, CountsBodiesBeyondFourGibibytes) {
  HeaderRules rules;
  ASSERT_TRUE(rules.allow(read_header_field("content-length", "5000000000"), false));
  EXPECT_TRUE(rules.count_body(4'999'999'999));
  EXPECT_FALSE(rules.body_is_whole());
  EXPECT_TRUE(rules.count_body(1));
  EXPECT_TRUE(rules.body_is_whole());
  EXPECT_FALSE(rules.count_body(1));
}

}  // namespace
}  // namespace cryptobroker::testing
