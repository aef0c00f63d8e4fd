#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "native/dataplane/data_plane.h"
#include "native/dataplane/unix_socket.h"
#include "native/test/support/context.h"
#include "native/test/support/dataplane_connection.h"
#include "native/test/support/dataplane_counter.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

constexpr std::string_view kHashData = "/CryptoBroker.CryptoGrpc/HashData";
constexpr std::string_view kScript = "/test.Script/Unary";
constexpr std::string_view kStream = "/test.Script/Stream";
constexpr std::size_t kPlenty = 1024 * 1024;

// HashDataRequest: profile = 1, input = 2.
std::string hash_request(std::size_t input) {
  std::string request =
      "\x0a\x07"
      "Default\x12";
  for (std::size_t rest = input;; rest >>= 7) {
    request.push_back(static_cast<char>(rest > 127 ? (rest & 127) | 128 : rest));
    if (rest <= 127) {
      break;
    }
  }
  return request.append(input, 'a');
}

// Keeps a thread of the pool until the gate opens.
class Gate final : public Job, public JobOwner {
 public:
  explicit Gate(Counter& gate) : gate_(gate) {}
  void run() override { EXPECT_TRUE(gate_.wait_for(1)); }
  void finished(std::unique_ptr<Job>) override {}

 private:
  Counter& gate_;
};

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class DataPlaneTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/dataplane-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ + "/a.sock";
    auto pool = WorkerPool::start(2, 64);
    ASSERT_TRUE(pool) << outcome(pool);
    pool_ = std::move(pool).value();

    DataPlane::Options options;
    options.broker.context = &context();
    options.broker.now = [] { return std::int64_t{1'700'000'000}; };
    options.script_methods = {{std::string(kScript), MethodKind::kUnary, true},
                              {std::string(kStream), MethodKind::kBidirectional, false}};
    options.threads = GetParam();
    options.pool = pool_.get();
    options.service = "test";
    options.wake = [this] { wakes_.add(); };
    auto plane = DataPlane::start(std::move(options));
    ASSERT_TRUE(plane) << outcome(plane);
    plane_ = std::move(plane).value();
    auto policies = std::make_shared<PolicySnapshot>();
    ProfilePolicy profile;
    profile.name = "Default";
    profile.hash_data = HashDataPolicy{DigestId::kSha256, "sha-256", 1024};
    policies->add(std::move(profile));
    plane_->broker().install_policies(std::move(policies));
    ASSERT_TRUE(plane_->server().listen(listen_unix(path_, 64)));
  }
  void TearDown() override {
    plane_.reset();
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }

  // The next event, when it has come.
  bool take_event() {
    if (waiting_.empty()) {
      waiting_ = plane_->take_events();
      std::reverse(waiting_.begin(), waiting_.end());
    }
    if (waiting_.empty()) {
      return false;
    }
    event_ = std::move(waiting_.back());
    waiting_.pop_back();
    return true;
  }
  // Waits for it.
  ScriptEvent next_event(Connection& connection) {
    EXPECT_TRUE(connection.run_until([this] { return take_event(); }));
    return std::move(event_);
  }
  static Answer response(std::string_view text) {
    Answer answer;
    answer.framed.insert(answer.framed.end(), text.begin(), text.end());
    return answer;
  }

  std::string directory_;
  std::string path_;
  Counter wakes_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<DataPlane> plane_;
  std::vector<ScriptEvent> waiting_;
  ScriptEvent event_;
};

INSTANTIATE_TEST_SUITE_P(Threads, DataPlaneTest, ::testing::Values(1, 2),
                         [](const auto& info) { return std::to_string(info.param) + "Threads"; });

TEST_P(DataPlaneTest, AnswersShortAndLongCallsAndLogsThem) {
  Connection connection(path_);
  const std::string short_answer = connection.call(kHashData, hash_request(100));
  const std::string long_answer = connection.call(kHashData, hash_request(100'000));
  EXPECT_NE(short_answer.find("2816597888e4a0d3a36b82b83316ab32680eb8f00f8cd3b904d681246d285a0e"),
            std::string::npos);
  EXPECT_NE(long_answer.find("6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
            std::string::npos);
  ASSERT_TRUE(wakes_.wait_for(1));
  EXPECT_EQ(lines_in(plane_->take_lines(kPlenty)), 2U);
  const std::vector<CallCounter> counters = plane_->counters();
  ASSERT_EQ(counters.size(), 1U);
  EXPECT_EQ(plane_->path(counters[0].method), kHashData);
  EXPECT_EQ(counters[0].calls, 2U);
}

TEST_P(DataPlaneTest, HandsOtherMethodsToTheScriptAndLeavesTheirRecordToIt) {
  Connection connection(path_);
  const std::int32_t stream = connection.client().call(kScript, "question");
  ScriptEvent event = next_event(connection);
  EXPECT_EQ(event.kind, ScriptEvent::Kind::kRequest);
  EXPECT_EQ(text_of(event.message), "question");
  EXPECT_TRUE(plane_->secret(event.method));
  plane_->server().answer(event.token, response("answer"));
  ASSERT_TRUE(connection.run_until([&] { return connection.client().reply(stream).closed; }));
  EXPECT_EQ(connection.client().reply(stream).messages(), std::vector<std::string>{"answer"});
  EXPECT_EQ(plane_->take_lines(kPlenty), "");
  EXPECT_TRUE(plane_->counters().empty());
}

TEST_P(DataPlaneTest, TellsTheScriptOfACallerThatGoesAway) {
  Connection connection(path_);
  const std::int32_t stream = connection.client().call(kScript, "question");
  const ScriptEvent request = next_event(connection);
  connection.client().reset(stream);
  const ScriptEvent gone = next_event(connection);
  EXPECT_EQ(gone.kind, ScriptEvent::Kind::kCancelled);
  EXPECT_EQ(gone.token, request.token);
  // The script has had it, and writes its record.
  EXPECT_TRUE(plane_->counters().empty());
  plane_->server().answer(request.token, response("late"));
  EXPECT_EQ(connection.call(kScript.substr(0, 5), ""), "12 unknown%20method%20/test");
  EXPECT_EQ(lines_in(plane_->take_lines(kPlenty)), 1U);
}

TEST_P(DataPlaneTest, LogsTheProfileOfALongCallThatIsCancelledBeforeItsTurn) {
  Counter gate;
  Gate owner(gate);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(pool_->submit(owner, std::make_unique<Gate>(gate)));
  }
  Connection connection(path_);
  const std::int32_t stream = connection.client().call(kHashData, hash_request(5'000));
  ASSERT_TRUE(connection.run_until([&] { return pool_->stats().queued == 1; }));
  connection.client().reset(stream);
  ASSERT_TRUE(connection.run_until([&] { return !plane_->counters().empty(); }));
  gate.add();
  const std::string line = plane_->take_lines(kPlenty);
  EXPECT_NE(line.find("\"profile\":\"Default\",\"code\":\"CANCELLED\""), std::string::npos) << line;
  EXPECT_NE(line.find("\"requestBytes\":5012"), std::string::npos) << line;
  pool_->withdraw(owner);
}

TEST_P(DataPlaneTest, LogsWhatIsRefusedBeforeTheScriptHearsOfIt) {
  Connection connection(path_);
  const std::int32_t stream = connection.client().request(
      grpc_headers(kScript, {{"grpc-encoding", "gzip"}}), grpc_message("x"));
  ASSERT_TRUE(connection.run_until([&] { return connection.client().reply(stream).closed; }));
  EXPECT_EQ(connection.client().reply(stream).code(), "ENCODING_UNSUPPORTED");
  EXPECT_FALSE(take_event());
  ASSERT_TRUE(wakes_.wait_for(1));
  const std::string lines = plane_->take_lines(kPlenty);
  EXPECT_NE(lines.find("\"error\":\"ENCODING_UNSUPPORTED\""), std::string::npos) << lines;
  ASSERT_EQ(plane_->counters().size(), 1U);
  EXPECT_EQ(plane_->counters()[0].status, GrpcStatus::kUnimplemented);
}

TEST_P(DataPlaneTest, CarriesStreamsBothWays) {
  Connection connection(path_);
  Http2Client& client = connection.client();
  const std::int32_t stream =
      client.request(grpc_headers(kStream), grpc_message("first"), /*more=*/true);
  const ScriptEvent first = next_event(connection);
  EXPECT_EQ(text_of(first.message), "first");
  EXPECT_TRUE(plane_->server().send(first.token, response("one").framed));
  EXPECT_TRUE(plane_->server().send(first.token, response("two").framed));
  client.send(stream, grpc_message("second"), /*end=*/true);
  EXPECT_EQ(text_of(next_event(connection).message), "second");
  EXPECT_EQ(next_event(connection).kind, ScriptEvent::Kind::kHalfClosed);
  plane_->server().answer(first.token, Answer{});
  ASSERT_TRUE(connection.run_until([&] { return client.reply(stream).closed; }));
  EXPECT_EQ(client.reply(stream).messages(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(client.reply(stream).outcome(), "0 OK");
  EXPECT_FALSE(plane_->server().send(first.token, response("late").framed));
}

TEST_P(DataPlaneTest, EndsWithCallsOfEveryKindOpen) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 8; ++i) {
    connections.push_back(std::make_unique<Connection>(path_));
    Http2Client& client = connections.back()->client();
    for (int j = 0; j < 8; ++j) {
      client.call(kHashData, hash_request(1'000'000));
      client.call(kScript, "question");
      client.request(grpc_headers(kStream), grpc_message("first"), /*more=*/true);
    }
    // No answer is waited for.
    (void)connections.back()->run_until([] { return true; });
  }
  plane_.reset();
}

TEST_P(DataPlaneTest, ServesManyThreadsWhileTheScriptAnswersAndReads) {
  struct Caller {
    const std::string* path;
    std::size_t failures = 0;
    pthread_t thread{};
  };
  constexpr int kEach = 60;
  const auto call = [](void* argument) -> void* {
    auto& caller = *static_cast<Caller*>(argument);
    Connection connection(*caller.path);
    for (int i = 0; i < kEach; ++i) {
      caller.failures += connection.call(kHashData, hash_request(100)).size() > 64 ? 0 : 1;
      caller.failures += connection.call(kHashData, hash_request(5'000)).size() > 64 ? 0 : 1;
      caller.failures += connection.call(kScript, "echo") == "echo" ? 0 : 1;
    }
    return nullptr;
  };
  std::array<Caller, 3> callers;
  for (Caller& caller : callers) {
    caller.path = &path_;
    ASSERT_EQ(pthread_create(&caller.thread, nullptr, call, &caller), 0);
  }
  std::size_t answered = 0;
  std::size_t lines = 0;
  for (int wakes = 1; answered < callers.size() * kEach; ++wakes) {
    ASSERT_TRUE(wakes_.wait_for(wakes));
    for (std::vector<ScriptEvent> events = plane_->take_events(); !events.empty();
         events = plane_->take_events()) {
      for (ScriptEvent& event : events) {
        ++answered;
        plane_->server().answer(event.token, response(text_of(event.message)));
      }
    }
    lines += lines_in(plane_->take_lines(DataPlane::kLongestLine));
    plane_->broker().set_serving(ServingState::kServing);
  }
  for (Caller& caller : callers) {
    pthread_join(caller.thread, nullptr);
    EXPECT_EQ(caller.failures, 0U);
  }
  for (std::string more = plane_->take_lines(kPlenty); !more.empty();
       more = plane_->take_lines(kPlenty)) {
    lines += lines_in(more);
  }
  EXPECT_EQ(lines, callers.size() * kEach * 2);
  EXPECT_EQ(plane_->lost_records(), 0U);
  EXPECT_EQ(plane_->server().stats().finished_calls, callers.size() * kEach * 3);
}

}  // namespace
}  // namespace cryptobroker::testing
