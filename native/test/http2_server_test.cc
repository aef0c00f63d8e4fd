// The server on real sockets and threads.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include "native/test/support/http2_frames.h"
#include "native/test/support/http2_sockets.h"

namespace cryptobroker::testing {
namespace {

constexpr std::chrono::milliseconds kLongTime{60'000};

Answer text_answer(std::string_view text) {
  Answer answer;
  answer.framed.insert(answer.framed.end(), text.begin(), text.end());
  return answer;
}

std::vector<std::uint8_t> text_message(std::string_view text) { return text_answer(text).framed; }

// Drains and waits for the end of it; the number of calls cut off.
std::size_t drain(Http2Server& server, std::chrono::milliseconds limit) {
  std::promise<std::size_t> done;
  server.drain(limit, [&](std::size_t cut_off) { done.set_value(cut_off); });
  return done.get_future().get();
}

TEST(Http2ServerTest, ServesSeveralConnectionsOnOneThreadAndOnTwo) {
  for (const std::size_t threads : {1u, 2u}) {
    SocketServer server({}, threads);
    std::vector<std::unique_ptr<SocketClient>> clients;
    for (int i = 0; i < 5; ++i) {
      clients.push_back(std::make_unique<SocketClient>(server));
    }
    for (int round = 0; round < 20; ++round) {
      for (const auto& client : clients) {
        ASSERT_EQ(client->outcome("/t.Test/Echo", "x"), "0 OK");
      }
    }
    EXPECT_TRUE(server.observer.tally.wait_for("0", 100));
    EXPECT_EQ(server.server->stats().connections, 5u);
    EXPECT_EQ(server.server->stats().finished_calls, 100u);
    EXPECT_EQ(server.server->stats().running_calls, 0u);
  }
}

TEST(Http2ServerTest, CarriesLargeMessagesThroughSmallSocketBuffers) {
  SocketServer server;
  SocketClient client(server);
  const int small = 4096;
  setsockopt(client.socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
  setsockopt(client.socket.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  const std::string large(1'900'000, 'x');
  const std::int32_t stream = client.http2.call("/t.Test/Echo", large);
  ASSERT_TRUE(client.run_until([&] { return client.http2.reply(stream).closed; }));
  EXPECT_TRUE(client.http2.reply(stream).messages() == std::vector<std::string>{large});
}

TEST(Http2ServerTest, TakesAnswersFromOtherThreads) {
  SocketServer server({}, 2);
  std::mutex mutex;
  std::vector<CallToken> tokens;
  Tally waiting;
  server.handler.request = [&](const CallStart& call, std::vector<std::uint8_t>&, Answer&) {
    const std::lock_guard lock(mutex);
    tokens.push_back(call.token);
    waiting.add("call");
    return false;
  };
  SocketClient one(server), two(server);
  std::vector<std::pair<SocketClient*, std::int32_t>> streams;
  for (int i = 0; i < 200; ++i) {
    SocketClient& client = i % 2 == 0 ? one : two;
    streams.emplace_back(&client, client.http2.call("/t.Test/Call", "x"));
  }
  one.write();
  two.write();
  ASSERT_TRUE(waiting.wait_for("call", 200));
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < 2; ++part) {
    threads.emplace_back([&, part] {
      for (std::size_t i = part; i < tokens.size(); i += 2) {
        server.server->answer(tokens[i], text_answer("answer"));
        server.server->answer(tokens[i], text_answer("again"));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (auto& [client, stream] : streams) {
    ASSERT_TRUE(client->run_until([&] { return client->http2.reply(stream).closed; }));
    EXPECT_EQ(client->http2.reply(stream).messages(), std::vector<std::string>{"answer"});
  }
  EXPECT_EQ(server.observer.tally.count("0"), 200u);
}

TEST(Http2ServerTest, TakesMessagesOfAStreamFromAnotherThreadWhileItBegins) {
  SocketServer server;
  std::vector<std::thread> senders;
  server.handler.request = [&](const CallStart& call, std::vector<std::uint8_t>&, Answer&) {
    std::promise<void> sent;
    senders.emplace_back([&server, token = call.token, &sent] {
      EXPECT_TRUE(server.server->send(token, text_message("one")));
      EXPECT_TRUE(server.server->send(token, text_message("two")));
      server.server->answer(token, Answer{});
      sent.set_value();
    });
    sent.get_future().get();
    return false;
  };
  SocketClient client(server);
  const std::int32_t stream = client.http2.call("/t.Test/Stream", "x");
  ASSERT_TRUE(client.run_until([&] { return client.http2.reply(stream).closed; }));
  EXPECT_EQ(client.http2.reply(stream).messages(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(client.http2.reply(stream).outcome(), "0 OK");
  for (std::thread& sender : senders) {
    sender.join();
  }
}

TEST(Http2ServerTest, EndsACallAtItsDeadline) {
  SocketServer server;
  SocketClient client(server);
  EXPECT_EQ(client.outcome("/t.Test/Call", "x", {{"grpc-timeout", "20m"}}),
            "4 Deadline%20exceeded");
  EXPECT_EQ(server.handler.tally.count("cancelled"), 1u);
}

TEST(Http2ServerTest, CancelsTheCallsOfAConnectionThatIsLost) {
  SocketServer server;
  Tally began;
  server.handler.request = [&](const CallStart&, std::vector<std::uint8_t>&, Answer&) {
    began.add("call");
    return false;
  };
  {
    SocketClient client(server);
    client.http2.call("/t.Test/Call", "a");
    client.http2.call("/t.Test/Stream", "b");
    client.write();
    ASSERT_TRUE(began.wait_for("call", 2));
  }
  EXPECT_TRUE(server.handler.tally.wait_for("cancelled", 2));
  EXPECT_TRUE(server.observer.tally.wait_for("1", 2));
}

TEST(Http2ServerTest, LeavesOtherConnectionsAloneWhenOneBreaksTheRules) {
  SocketServer server;
  SocketClient honest(server);
  ASSERT_EQ(honest.outcome("/t.Test/Echo", "x"), "0 OK");
  for (int i = 0; i < 20; ++i) {
    SocketClient hostile(server);
    const std::string nonsense(1000, static_cast<char>('a' + i));
    send(hostile.socket.get(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL);
    EXPECT_TRUE(hostile.wait_for_close());
  }
  EXPECT_EQ(honest.outcome("/t.Test/Echo", "x"), "0 OK");
  EXPECT_EQ(server.observer.tally.count("a connection did not speak HTTP/2"), 1u)
      << "said once, not twenty times";
}

TEST(Http2ServerTest, LetsAClientThatIsStillWritingReadWhyItIsEnded) {
  SocketServer server;
  SocketClient client(server);
  ASSERT_EQ(client.outcome("/t.Test/Echo", "x"), "0 OK");
  const FrameBytes wrong = http2_frame(NGHTTP2_DATA, 0, 77, {1, 2, 3});
  ASSERT_GT(send(client.socket.get(), wrong.data(), wrong.size(), MSG_NOSIGNAL), 0);
  EXPECT_TRUE(server.observer.tally.wait_for("a connection broke the rules of HTTP/2", 1));
  const std::int32_t stream = client.http2.call("/t.Test/Echo", "too late");
  EXPECT_TRUE(client.run_until([&] { return client.http2.goaway().has_value(); }));
  EXPECT_EQ(client.http2.goaway(), std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  EXPECT_LT(client.http2.goaway_last_stream(), stream) << "was not begun, and may be sent again";
  EXPECT_TRUE(client.wait_for_close());
}

TEST(Http2ServerTest, EndsManyBadConnectionsAtOnce) {
  SocketServer server;
  std::vector<std::unique_ptr<SocketClient>> bad;
  for (int i = 0; i < 200; ++i) {
    bad.push_back(std::make_unique<SocketClient>(server));
    send(bad.back()->socket.get(), "nonsense, and enough of it", 26, MSG_NOSIGNAL);
  }
  for (const auto& client : bad) {
    EXPECT_TRUE(client->wait_for_close());
  }
  SocketClient honest(server);
  EXPECT_EQ(honest.outcome("/t.Test/Echo", "x"), "0 OK");
}

TEST(Http2ServerTest, ClosesAConnectionThatReadsNoneOfItsReplies) {
  Http2Limits limits;
  limits.request_timeout = std::chrono::milliseconds(200);
  SocketServer server(limits);
  server.handler.request = [](const CallStart&, std::vector<std::uint8_t>&, Answer& answer) {
    answer.framed.resize(1'000'000);
    return true;
  };
  SocketClient honest(server), slow(server);
  ASSERT_EQ(honest.outcome("/t.Test/Echo", "x"), "0 OK");
  slow.http2.call("/t.Test/Call", "x");
  slow.write();
  EXPECT_TRUE(slow.wait_for_close());
  EXPECT_EQ(server.observer.tally.count("a client did not read its replies"), 1u);
  EXPECT_EQ(honest.outcome("/t.Test/Echo", "x"), "0 OK");
}

TEST(Http2ServerTest, TellsASenderToWaitForAReader) {
  SocketServer server;
  std::promise<CallToken> began;
  server.handler.request = [&](const CallStart& call, std::vector<std::uint8_t>&, Answer&) {
    began.set_value(call.token);
    return false;
  };
  SocketClient client(server);
  const std::int32_t stream = client.http2.call("/t.Test/Stream", "x");
  client.write();
  const CallToken token = began.get_future().get();
  const std::string part(100'000, 'x');
  std::size_t sent = 1;
  while (server.server->send(token, text_message(part))) {
    ++sent;
    ASSERT_LT(sent, 1000u);
  }
  ASSERT_TRUE(client.run_until(
      [&] { return client.http2.reply(stream).body.size() == sent * (part.size() + 5); }));
  EXPECT_TRUE(server.handler.tally.wait_for("writable", 1));
  EXPECT_TRUE(server.server->send(token, text_message("more")));
  client.http2.reset(stream);
  client.write();
  EXPECT_TRUE(server.handler.tally.wait_for("cancelled", 1));
  EXPECT_FALSE(server.server->send(token, text_message("late")));
}

TEST(Http2ServerTest, DrainsWithoutCuttingOffWhatEnds) {
  for (const std::size_t threads : {1u, 2u}) {
    SocketServer server({}, threads);
    std::promise<CallToken> began;
    server.handler.request = [&](const CallStart& call, std::vector<std::uint8_t>&, Answer&) {
      began.set_value(call.token);
      return false;
    };
    SocketClient busy(server), idle(server);
    ASSERT_EQ(idle.outcome("/t.Test/Echo", "x"), "0 OK");
    const std::int32_t stream = busy.http2.call("/t.Test/Call", "x");
    busy.write();
    const CallToken token = began.get_future().get();
    std::promise<std::size_t> done;
    auto drained = done.get_future();
    server.server->drain(kLongTime, [&](std::size_t cut_off) { done.set_value(cut_off); });
    ASSERT_TRUE(busy.run_until([&] { return busy.http2.goaway_last_stream() == stream; }));
    idle.socket.reset();
    server.server->answer(token, text_answer("done"));
    ASSERT_TRUE(busy.run_until([&] { return busy.http2.reply(stream).closed; }));
    EXPECT_EQ(busy.http2.reply(stream).outcome(), "0 OK");
    EXPECT_EQ(drained.get(), 0u);
    EXPECT_LT(server.connect().get(), 0) << "nobody is accepted any more";
  }
}

TEST(Http2ServerTest, CutsOffWhatRunsWhenTheTimeToDrainIsUp) {
  SocketServer server({}, 2);
  Tally began;
  server.handler.request = [&](const CallStart&, std::vector<std::uint8_t>&, Answer&) {
    began.add("call");
    return false;
  };
  SocketClient one(server), two(server);
  for (SocketClient* client : {&one, &two}) {
    client->http2.call("/t.Test/Call", "x");
    client->write();
  }
  ASSERT_TRUE(began.wait_for("call", 2));
  EXPECT_EQ(drain(*server.server, std::chrono::milliseconds(20)), 2u);
  EXPECT_EQ(server.handler.tally.count("cancelled"), 2u);
  EXPECT_TRUE(one.wait_for_close());
  EXPECT_TRUE(two.wait_for_close());
  EXPECT_EQ(server.server->stats().connections, 0u);
}

TEST(Http2ServerTest, DrainsAtOnceWhenThereIsNobody) {
  SocketServer server({}, 2);
  EXPECT_EQ(drain(*server.server, kLongTime), 0u);
}

TEST(Http2ServerTest, EndsWithConnectionsAndCallsOpen) {
  for (const std::size_t threads : {1u, 2u}) {
    SocketServer server({}, threads);
    Tally began;
    server.handler.request = [&](const CallStart&, std::vector<std::uint8_t>&, Answer&) {
      began.add("call");
      return false;
    };
    SocketClient client(server);
    client.http2.call("/t.Test/Call", "x");
    client.write();
    ASSERT_TRUE(began.wait_for("call", 1));
    server.server.reset();
    EXPECT_EQ(server.handler.tally.count("cancelled"), 1u);
    EXPECT_TRUE(client.wait_for_close());
  }
}

TEST(Http2ServerTest, StopsListeningAndServesTheConnectionsItHas) {
  SocketServer server;
  SocketClient client(server);
  ASSERT_EQ(client.outcome("/t.Test/Echo", "x"), "0 OK");
  server.server->stop_listening();
  EXPECT_LT(server.connect().get(), 0);
  EXPECT_EQ(client.outcome("/t.Test/Echo", "x"), "0 OK");
}

TEST(Http2ServerTest, RefusesASocketThatDoesNotListen) {
  SocketServer server;
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_FALSE(server.server->listen(socket.get()));
  EXPECT_FALSE(server.server->listen(-1));
}

TEST(Http2ServerTest, ClosesTheNewcomerWhenEveryPlaceIsTaken) {
  for (const std::size_t threads : {1u, 2u}) {
    Http2Limits limits;
    limits.max_connections = 2;
    SocketServer server(limits, threads);
    SocketClient one(server), two(server);
    ASSERT_EQ(one.outcome("/t.Test/Echo", "x"), "0 OK");
    ASSERT_EQ(two.outcome("/t.Test/Echo", "x"), "0 OK");
    SocketClient newcomer(server);
    EXPECT_TRUE(newcomer.wait_for_close());
    EXPECT_TRUE(server.observer.tally.wait_for("too many connections", 1));
    EXPECT_EQ(one.outcome("/t.Test/Echo", "x"), "0 OK");
    EXPECT_EQ(two.outcome("/t.Test/Echo", "x"), "0 OK");
    one.socket.reset();
    // Its place is free as soon as the server has noticed.
    bool served = false;
    for (int i = 0; i < 1000 && !served; ++i) {
      SocketClient next(server);
      served = next.outcome("/t.Test/Echo", "x") == "0 OK";
    }
    EXPECT_TRUE(served);
  }
}

TEST(Http2ServerTest, GivesThePlaceOfTheLongestIdleConnectionToANewcomer) {
  for (const std::size_t threads : {1u, 2u}) {
    Http2Limits limits;
    limits.max_connections = 3;
    limits.idle_after = std::chrono::milliseconds(0);
    SocketServer server(limits, threads);
    Tally began;
    server.handler.request = [&](const CallStart&, std::vector<std::uint8_t>&, Answer&) {
      began.add("call");
      return false;
    };
    SocketClient busy(server);
    busy.http2.call("/t.Test/Call", "x");
    busy.write();
    ASSERT_TRUE(began.wait_for("call", 1));
    SocketClient idle(server), used(server);
    ASSERT_EQ(used.outcome("/t.Test/Echo", "x"), "0 OK");
    ASSERT_EQ(idle.outcome("/t.Test/Echo", "x"), "0 OK");
    ASSERT_EQ(used.outcome("/t.Test/Echo", "x"), "0 OK");
    SocketClient newcomer(server);
    EXPECT_EQ(newcomer.outcome("/t.Test/Echo", "x"), "0 OK");
    if (threads == 1) {
      EXPECT_TRUE(idle.wait_for_close());
      EXPECT_EQ(idle.http2.goaway(), std::uint32_t{NGHTTP2_NO_ERROR});
      EXPECT_EQ(used.outcome("/t.Test/Echo", "x"), "0 OK");
    }
    EXPECT_EQ(server.handler.tally.count("cancelled"), 0u) << "a call runs there";
    EXPECT_EQ(server.observer.tally.count("too many connections"), 0u);
  }
}

TEST(Http2ServerTest, GivesThePlaceOfASilentStreamToANewcomerWhenNoneIsIdle) {
  Http2Limits limits;
  limits.max_connections = 3;
  limits.idle_after = std::chrono::milliseconds(0);
  SocketServer server(limits);
  Tally began;
  server.handler.request = [&](const CallStart& call, std::vector<std::uint8_t>&, Answer&) {
    began.add(std::to_string(call.method));
    return false;
  };
  SocketClient busy(server), first(server), second(server);
  for (SocketClient* watching : {&first, &second}) {
    watching->http2.call("/t.Test/Stream", "x");
    watching->write();
  }
  ASSERT_TRUE(began.wait_for("2", 2));
  // A connection with a call beside its stream is not one of those.
  for (const char* path : {"/t.Test/Stream", "/t.Test/Call"}) {
    busy.http2.call(path, "x");
  }
  busy.write();
  ASSERT_TRUE(began.wait_for("1", 1));
  SocketClient newcomer(server);
  ASSERT_EQ(newcomer.outcome("/t.Test/Echo", "x"), "0 OK");
  EXPECT_TRUE(first.wait_for_close());
  EXPECT_EQ(first.http2.goaway(), std::uint32_t{NGHTTP2_NO_ERROR});
  // Now one is idle: that goes before the other stream.
  SocketClient another(server);
  ASSERT_EQ(another.outcome("/t.Test/Echo", "x"), "0 OK");
  EXPECT_TRUE(newcomer.wait_for_close());
  EXPECT_EQ(server.handler.tally.count("cancelled"), 1u);
  EXPECT_EQ(server.observer.tally.count("too many connections"), 0u);
}

// Descriptors are a matter of the process: as few as there are now, until it goes.
class DescriptorShortage {
 public:
  DescriptorShortage() {
    getrlimit(RLIMIT_NOFILE, &before_);
    UniqueFd next(dup(0));
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(next.get());
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorShortage() { setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorShortage(const DescriptorShortage&) = delete;
  DescriptorShortage& operator=(const DescriptorShortage&) = delete;

 private:
  rlimit before_{};
};

TEST(Http2ServerTest, RefusesNewcomersWhileDescriptorsAreShort) {
  SocketServer server;
  SocketClient client(server);
  ASSERT_EQ(client.outcome("/t.Test/Echo", "x"), "0 OK");
  SocketClient waiting_later(server);
  ASSERT_EQ(waiting_later.outcome("/t.Test/Echo", "x"), "0 OK");
  {
    // Our end of the connection takes the last descriptor; the server's end finds none.
    UniqueFd ours(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const DescriptorShortage shortage;
    ours.reset();
    SocketClient newcomer(server);
    EXPECT_TRUE(newcomer.wait_for_close());
    EXPECT_TRUE(server.observer.tally.wait_for("cannot accept a connection: EMFILE", 1));
    EXPECT_EQ(client.outcome("/t.Test/Echo", "x"), "0 OK");
  }
  SocketClient newcomer(server);
  EXPECT_EQ(newcomer.outcome("/t.Test/Echo", "x"), "0 OK");
}

TEST(Http2ServerTest, ServesHonestClientsWhileOthersFloodIt) {
  SocketServer server({}, 2);
  std::atomic<bool> stop = false;
  std::thread flood([&] {
    while (!stop) {
      SocketClient hostile(server);
      std::size_t pings = 0;
      do {
        const std::int32_t stream = hostile.http2.call("/t.Test/Call", "x");
        hostile.write();
        hostile.http2.reset(stream);
        hostile.http2.ping();
        ++pings;
      } while (hostile.run_until([&] { return hostile.http2.pings_answered() == pings; }));
    }
  });
  SocketClient honest(server);
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(honest.outcome("/t.Test/Echo", "x"), "0 OK") << i;
  }
  EXPECT_TRUE(server.observer.tally.wait_for("a connection reset too many calls", 1));
  stop = true;
  flood.join();
}

}  // namespace
}  // namespace cryptobroker::testing
