// Header lists that follow each other on one connection.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "native/http2/header_reader.h"

namespace cryptobroker::testing {
namespace {

using Field = std::pair<std::string, std::string>;
using Fields = std::vector<Field>;
using Verdict = HeaderReader::Verdict;

Fields usual() {
  return {{":method", "POST"},         {":scheme", "http"},   {":path", "/known"},
          {":authority", "localhost"}, {"te", "trailers"},    {"content-type", "application/grpc"},
          {"grpc-timeout", "10S"},     {"user-agent", "test"}};
}

class Http2HeaderReaderTest : public ::testing::Test {
 protected:
  // Everything that a list has to say, in one line.
  static std::string read(HeaderReader& reader, const Fields& fields) {
    reader.begin(true);
    for (const auto& [name, value] : fields) {
      if (reader.skip(name, value)) {
        continue;
      }
      const Verdict verdict = reader.read(name, value);
      if (verdict != Verdict::kFine) {
        return verdict == Verdict::kMalformed ? "malformed" : "too long";
      }
    }
    RequestHeaders headers = reader.finish();
    if (!headers.rules.begin_body()) {
      return "incomplete";
    }
    std::string said = "method " + std::to_string(headers.method);
    if (headers.method == CallRecord::kUnknownMethod) {
      said += " " + headers.path;
    }
    said += ", type " + std::to_string(headers.head.grpc_content);
    said += ", identity " + std::to_string(headers.head.identity);
    said += ", timeout " + std::to_string(headers.head.timeout_valid) + " " +
            std::to_string(headers.head.timeout_ns);
    said += ", body of 5 " + std::to_string(headers.rules.count_body(5));
    said += " " + std::to_string(headers.rules.body_is_whole());
    return said + ", trace [" + headers.trace.parent + "|" + headers.trace.state + "]";
  }

  std::string read(const Fields& fields) { return read(reader_, fields); }
  std::string read_by_another(const Fields& fields) {
    HeaderReader another(methods_, limits_, true);
    return read(another, fields);
  }

  static Http2Limits small() {
    Http2Limits limits;
    limits.max_header_fields = 24;
    limits.max_header_list_bytes = 1500;
    return limits;
  }

  const MethodTable methods_{{Http2Method{.path = "/known"}, Http2Method{.path = "/other"}}};
  const Http2Limits limits_ = small();
  HeaderReader reader_{methods_, limits_, true};
};

TEST_F(Http2HeaderReaderTest, SkipsAListThatComesAgain) {
  const std::string said = read(usual());
  EXPECT_EQ(said, "method 0, type 1, identity 1, timeout 1 10000000000, body of 5 1 1, trace [|]");
  for (int round = 0; round < 3; ++round) {
    reader_.begin(true);
    for (const auto& [name, value] : usual()) {
      EXPECT_TRUE(reader_.skip(name, value)) << name;
    }
    EXPECT_EQ(reader_.finish().method, 0);
    EXPECT_EQ(read(usual()), said);
  }
}

TEST_F(Http2HeaderReaderTest, ForgetsNothingOfTheFieldsBeforeOneThatChanges) {
  for (std::size_t place = 0; place < usual().size(); ++place) {
    read(usual());
    Fields changed = usual();
    changed[place].second = changed[place].first == "grpc-timeout" ? "3S" : "/other";
    EXPECT_EQ(read(changed), read_by_another(changed)) << place;
    EXPECT_EQ(read(usual()), read_by_another(usual())) << place;
  }
}

TEST_F(Http2HeaderReaderTest, NoticesThatAListIsShorterOrLonger) {
  read(usual());
  for (std::size_t size = 0; size < usual().size(); ++size) {
    const Fields whole = usual();
    const Fields part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(read(part), read_by_another(part)) << size;
    EXPECT_EQ(read(whole), read_by_another(whole)) << size;
  }
  Fields longer = usual();
  longer.emplace_back("grpc-timeout", "10S");
  EXPECT_EQ(read(longer), read_by_another(longer));
  EXPECT_NE(read(longer), read(usual()));
}

TEST_F(Http2HeaderReaderTest, RefusesAgainWhatItHasRefused) {
  Fields forbidden = usual();
  forbidden.insert(forbidden.begin() + 5, {"connection", "close"});
  Fields many = usual();
  many.resize(limits_.max_header_fields + 1, {"x", "y"});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(read(forbidden), "malformed");
    EXPECT_EQ(read(many), "too long");
  }
  EXPECT_EQ(read(usual()), read_by_another(usual()));
}

TEST_F(Http2HeaderReaderTest, NamesAPathThatIsNoMethodEachTime) {
  Fields fields = usual();
  fields[2].second = "/" + std::string(200, 'x');
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(read(fields), read_by_another(fields));
  }
  fields[2].second = "/short";
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(read(fields).starts_with("method 65535 /short,"));
  }
}

TEST_F(Http2HeaderReaderTest, KeepsWhereACallBelongsOnlyWhenCallsAreTraced) {
  Fields fields = usual();
  fields.emplace_back("tracestate", "a=b");
  fields.emplace_back("tracestate", "c=d");
  HeaderReader untraced(methods_, limits_, false);
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(read(fields).ends_with("[|a=b, c=d]"));
    EXPECT_TRUE(read(untraced, fields).ends_with("[|]"));
  }
}

TEST_F(Http2HeaderReaderTest, IsNotConfusedByTrailers) {
  const std::string said = read(usual());
  HeaderRules rules;
  reader_.begin(false);
  EXPECT_FALSE(reader_.skip(":method", "POST"));
  EXPECT_EQ(reader_.read_trailer(rules, "x", "y"), Verdict::kFine);
  EXPECT_EQ(reader_.read_trailer(rules, "x", std::string(2000, 'y')), Verdict::kTooLong);
  EXPECT_EQ(reader_.read_trailer(rules, ":path", "/known"), Verdict::kMalformed);
  EXPECT_EQ(read(usual()), said);
}

TEST_F(Http2HeaderReaderTest, SaysOfEveryListWhatOneThatKnowsNothingSays) {
  std::mt19937 random(5);
  const Fields others = {
      {":path", "/other"},          {":path", "/nobody"},         {"grpc-timeout", "1S"},
      {"grpc-timeout", "x"},        {"grpc-encoding", "gzip"},    {"grpc-encoding", "identity"},
      {"content-type", "text/x"},   {"content-length", "5"},      {"connection", "close"},
      {"a b", "passed over"},       {"traceparent", "00-1-2-01"}, {"tracestate", "a=b"},
      {"x", std::string(100, 'x')}, {"x", std::string(300, 'x')}};
  Fields fields = usual();
  for (int round = 0; round < 5000; ++round) {
    if (random() % 8 == 0) {
      fields = usual();
    }
    for (std::size_t changes = random() % 3; changes > 0; --changes) {
      const auto at = fields.begin() + static_cast<std::ptrdiff_t>(random() % (fields.size() + 1));
      if (random() % 3 != 0) {
        fields.insert(at, others[random() % others.size()]);
      } else if (at != fields.end()) {
        fields.erase(at);
      }
    }
    ASSERT_EQ(read(fields), read_by_another(fields)) << ::testing::PrintToString(fields);
  }
}

}  // namespace
}  // namespace cryptobroker::testing
