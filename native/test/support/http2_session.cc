#include "native/test/support/http2_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace cryptobroker::testing {
namespace {

std::vector<Http2Method> test_methods(EchoHandler& echo, PendingHandler& pending) {
  return {{"/t.Test/Echo", MethodKind::kUnary, false, &echo},
          {"/t.Test/Pending", MethodKind::kUnary, false, &pending},
          {"/t.Test/Secret", MethodKind::kUnary, true, &echo},
          {"/t.Test/Stream", MethodKind::kServerStream, false, &pending},
          {"/t.Test/Bidi", MethodKind::kBidirectional, false, &pending}};
}

std::vector<std::uint8_t> framed_text(std::string_view text) {
  std::vector<std::uint8_t> framed(kMessagePrefix);
  framed.insert(framed.end(), text.begin(), text.end());
  return framed;
}

}  // namespace

bool EchoHandler::on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                             Answer& answer) {
  calls.push_back(call);
  answer.framed.insert(answer.framed.end(), message.begin(), message.end());
  answer.facts.profile = "Default";
  answer.facts.correlation_id = "an id";
  return true;
}

bool PendingHandler::on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                                Answer&) {
  calls.push_back(call);
  events.push_back("request " + std::string(message.begin(), message.end()));
  return false;
}

void PendingHandler::on_half_closed(CallToken) { events.emplace_back("half-closed"); }

void PendingHandler::on_cancelled(CallToken, CancelReason reason) {
  events.emplace_back(reason == CancelReason::kCancelled ? "cancelled" : "deadline");
}

void PendingHandler::on_writable(CallToken) { events.emplace_back("writable"); }

SessionPair::SessionPair(const Http2Limits& limits)
    : shared(test_methods(echo, pending), limits, observer),
      context(shared, clock, 0),
      session(Session::create(context, *this)) {}

void SessionPair::exchange() {
  for (bool quiet = false; !quiet;) {
    quiet = true;
    const std::vector<std::uint8_t> said = peer_->output();
    if (!said.empty()) {
      quiet = false;
      for (std::size_t at = 0; at < said.size() && !over; at += read_size) {
        const std::size_t size = std::min(read_size, said.size() - at);
        std::vector<std::uint8_t> part(said.begin() + static_cast<std::ptrdiff_t>(at),
                                       said.begin() + static_cast<std::ptrdiff_t>(at + size));
        over = !session->receive(part);
      }
    }
    for (;;) {
      const Bytes output = session->pending_output();
      if (output.empty()) {
        break;
      }
      quiet = false;
      EXPECT_TRUE(peer_->input(output));
      session->consume_output(output.size());
    }
  }
  over |= session->ended();
}

std::vector<std::uint8_t> SessionPair::raw(std::vector<std::uint8_t> bytes) {
  over |= !session->receive(bytes);
  std::vector<std::uint8_t> answered;
  for (;;) {
    const Bytes output = session->pending_output();
    if (output.empty()) {
      break;
    }
    answered.insert(answered.end(), output.begin(), output.end());
    session->consume_output(output.size());
  }
  over |= session->ended();
  return answered;
}

void SessionPair::pass(std::int64_t ns) {
  clock.now_ns += ns;
  context.timers.expire(clock.now_ns);
  exchange();
}

void SessionPair::answer(CallToken token, std::string_view text) {
  if (Call* call = context.calls.find(token)) {
    Answer answer;
    answer.framed = framed_text(text);
    session->answer(*call, answer);
  }
  exchange();
}

void SessionPair::fail(CallToken token, CallFailure failure) {
  if (Call* call = context.calls.find(token)) {
    Answer answer;
    answer.failure = std::move(failure);
    session->answer(*call, answer);
  }
  exchange();
}

bool SessionPair::send(CallToken token, std::string_view text) {
  std::vector<std::uint8_t> framed = framed_text(text);
  const StreamLedger::Room room = shared.streams.add(token, framed.size());
  if (Call* call = context.calls.find(token)) {
    session->send(*call, std::move(framed));
  }
  exchange();
  return room == StreamLedger::Room::kFree;
}

std::string SessionPair::outcome(std::string_view path, std::string_view message,
                                 const Http2Headers& more) {
  const std::int32_t stream = client.call(path, message, more);
  exchange();
  return client.reply(stream).outcome();
}

}  // namespace cryptobroker::testing
