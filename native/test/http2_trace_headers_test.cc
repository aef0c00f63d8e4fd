#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/http2/trace_headers.h"
#include "native/test/support/http2_session.h"

namespace cryptobroker::testing {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";

std::optional<TraceParent> parsed(const std::vector<std::string>& parents,
                                  const std::vector<std::string>& states = {}) {
  TraceHeaders headers;
  for (const std::string& parent : parents) {
    headers.read("traceparent", parent);
  }
  for (const std::string& state : states) {
    headers.read("tracestate", state);
  }
  headers.read("content-type", "application/grpc");
  return headers.parsed();
}

TEST(TraceHeaders, NameAParent) {
  const auto parent = parsed({"00-" + kTrace + "-" + kSpan + "-01"}, {"a=1", "b=2"});
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace(), kTrace);
  EXPECT_EQ(parent->span(), kSpan);
  EXPECT_EQ(parent->flags, 1);
  EXPECT_TRUE(parent->sampled());
  EXPECT_EQ(parent->state, "a=1, b=2");
}

TEST(TraceHeaders, AreReadInAVersionThatIsNotKnownYet) {
  for (const char* more : {"", "-", "-more"}) {
    const auto parent = parsed({"cc-" + kTrace + "-" + kSpan + "-fe" + more});
    ASSERT_TRUE(parent) << more;
    EXPECT_EQ(parent->flags, 0xfe);
    EXPECT_FALSE(parent->sampled());
  }
}

TEST(TraceHeaders, NameNoParentWhenTheyAreWrong) {
  const std::string whole = "00-" + kTrace + "-" + kSpan + "-01";
  std::vector<std::string> wrong = {
      "",
      "-",
      whole + "-",
      whole + "-more",
      whole + "0",
      "ff" + whole.substr(2),
      "FF" + whole.substr(2),
      "cc" + whole.substr(2) + ".more",
      "cc" + whole.substr(2) + "-a,b",
      "00-" + std::string(32, '0') + "-" + kSpan + "-01",
      "00-" + kTrace + "-" + std::string(16, '0') + "-01",
      "00-" + std::string(32, 'A') + "-" + kSpan + "-01",
      "00-" + kTrace + "-" + kSpan + "-0G",
      std::string(8000, 'x'),
      std::string(55, '\0'),
  };
  for (std::size_t length = 0; length < whole.size(); ++length) {
    wrong.push_back(whole.substr(0, length));
  }
  for (const std::size_t dash : {2U, 35U, 52U}) {
    std::string other = whole;
    other[dash] = '_';
    wrong.push_back(other);
  }
  for (const std::string& header : wrong) {
    EXPECT_FALSE(parsed({header})) << header;
  }
  EXPECT_FALSE(parsed({whole, whole}));
  EXPECT_FALSE(parsed({}, {"a=1"}));
}

TEST(TraceHeaders, KeepNoMoreThanDecidesOfWhatIsLong) {
  const std::string known = "00-" + kTrace + "-" + kSpan + "-01";
  const std::string later = "cc" + known.substr(2) + "-";
  TraceHeaders headers;
  for (int i = 0; i < 3; ++i) {
    headers.read("traceparent", later + std::string(8000, 'x'));
    headers.read("tracestate", std::string(8000, 's'));
    EXPECT_EQ(headers.parent.size(), TraceHeaders::kMostParent);
    EXPECT_EQ(headers.state.size(), TraceHeaders::kMostState);
  }
  EXPECT_FALSE(headers.parsed());
  EXPECT_EQ(parsed({known}, {std::string(300, 's'), std::string(300, 's')})->state, "");
  for (std::size_t more = 0; more < 200; ++more) {
    const std::string whole = later + std::string(more, 'x');
    EXPECT_TRUE(parsed({whole})) << more;
    EXPECT_FALSE(parsed({whole + ","})) << more;
    EXPECT_FALSE(parsed({whole + ",x"})) << more;
    EXPECT_FALSE(parsed({whole, ""})) << more;
    EXPECT_FALSE(parsed({whole, whole})) << more;
    EXPECT_FALSE(parsed({known + whole.substr(known.size())})) << more;
  }
}

TEST(TraceHeaders, LoseAStateThatCannotBePassedOn) {
  const std::vector<std::string> whole = {"00-" + kTrace + "-" + kSpan + "-01"};
  EXPECT_EQ(parsed(whole, {std::string(512, 's')})->state.size(), 512U);
  EXPECT_EQ(parsed(whole, {std::string(513, 's')})->state, "");
  EXPECT_EQ(parsed(whole, {"a=\xc3\xbc"})->state, "");
}

TEST(TraceParent, OfACallerWithoutFlagsIsSampled) {
  EXPECT_TRUE(trace_parent_of(kTrace, kSpan, "", "")->sampled());
  EXPECT_FALSE(trace_parent_of(kTrace, kSpan, "00", "")->sampled());
  for (const char* flags : {"0", "1", "001", "0x", "x0", "0A"}) {
    EXPECT_FALSE(trace_parent_of(kTrace, kSpan, flags, "")) << flags;
  }
}

TEST(TracedSession, TellsOfEachCallWhereItBelongs) {
  SessionPair pair;
  pair.trace();
  const Http2Headers headers = {{"traceparent", "00-" + kTrace + "-" + kSpan + "-01"},
                                {"tracestate", "a=1"}};
  pair.outcome("/t.Test/Echo", "abc", headers);
  pair.outcome("/t.Test/None", "abc", headers);
  pair.outcome("/t.Test/Echo", "abc", {{"traceparent", "nonsense"}});
  pair.outcome("/t.Test/Echo", "abc");
  ASSERT_EQ(pair.observer.spans.size(), 4U);
  for (const std::size_t named : {0U, 1U}) {
    ASSERT_TRUE(pair.observer.spans[named] && pair.observer.spans[named]->parent) << named;
    EXPECT_EQ(pair.observer.spans[named]->parent->trace(), kTrace);
    EXPECT_EQ(pair.observer.spans[named]->parent->state, "a=1");
    EXPECT_EQ(pair.observer.records[named].trace_id.view(), kTrace);
  }
  for (const std::size_t root : {2U, 3U}) {
    ASSERT_TRUE(pair.observer.spans[root]);
    EXPECT_FALSE(pair.observer.spans[root]->parent) << root;
    EXPECT_EQ(pair.observer.records[root].trace_id.view(), "");
  }
}

TEST(TracedSession, TellsOfACallThatWasCutOffBeforeItsAnswer) {
  SessionPair pair;
  pair.trace();
  pair.client.call("/t.Test/Pending", "abc",
                   {{"traceparent", "00-" + kTrace + "-" + kSpan + "-01"}});
  pair.exchange();
  pair.session->abandon();
  ASSERT_EQ(pair.observer.spans.size(), 1U);
  ASSERT_TRUE(pair.observer.spans[0] && pair.observer.spans[0]->parent);
  EXPECT_EQ(pair.observer.spans[0]->parent->span(), kSpan);
}

TEST(TracedSession, GathersNothingWhileCallsAreNotTraced) {
  SessionPair pair;
  pair.outcome("/t.Test/Echo", "abc", {{"traceparent", "00-" + kTrace + "-" + kSpan + "-01"}});
  ASSERT_EQ(pair.observer.spans.size(), 1U);
  EXPECT_FALSE(pair.observer.spans[0]);
}

}  // namespace
}  // namespace cryptobroker::testing
