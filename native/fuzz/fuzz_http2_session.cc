// Any bytes behind the preface of a connection, in pieces of any size, with handlers that answer at
// once, later, or never. Every call must be recorded once, and nothing be left when all is over.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "native/http2/session.h"

namespace {

using namespace cryptobroker;

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
  }
}

class StandingClock final : public Clock {
 public:
  std::int64_t monotonic_ns() override { return now_ns; }
  std::int64_t unix_offset_ns() override { return 0; }
  std::int64_t now_ns = 1'000'000'000;
};

class CountingObserver final : public ServerObserver {
 public:
  void finished(const CallRecord& record, std::string_view) override {
    ++records;
    const bool named = record.span != nullptr && record.span->parent.has_value();
    if (named && record.span->parent->state.size() > TraceParent::kLongestState) {
      std::abort();
    }
  }
  void fault(std::string_view) override {}
  std::size_t records = 0;
};

class Echo final : public CallHandler {
 public:
  bool on_request(const CallStart&, std::vector<std::uint8_t>& message, Answer& answer) override {
    answer.framed.insert(answer.framed.end(), message.begin(), message.end());
    return true;
  }
};

// Leaves its calls to whoever asks for them.
class Later final : public CallHandler {
 public:
  bool on_request(const CallStart& call, std::vector<std::uint8_t>& message, Answer&) override {
    waiting.push_back(call.token);
    taken = std::move(message);
    return false;
  }
  std::vector<CallToken> waiting;
  std::vector<std::uint8_t> taken;
};

struct Owner final : SessionOwner {
  void session_changed() override {}
  void session_used(SessionUse now) override { use = now; }
  SessionUse use = SessionUse::kNone;
};

// One connection, fed from the input.
class Connection {
 public:
  void feed(Bytes input) {
    shared_.traced = true;
    session_ = Session::create(context_, owner_);
    constexpr std::string_view kMagic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    std::vector<std::uint8_t> magic(kMagic.begin(), kMagic.end());
    session_->receive(magic);
    // The first byte says how large the pieces are.
    const std::size_t piece = input.empty() ? 1 : 1 + input[0];
    for (std::size_t at = 1; at < input.size(); at += piece) {
      const Bytes part = input.subspan(at, std::min(piece, input.size() - at));
      std::vector<std::uint8_t> bytes(part.begin(), part.end());
      const bool wanted = session_->receive(bytes);
      serve(at);
      if (!wanted || session_->ended()) {
        return;
      }
    }
  }

  void end() {
    session_.reset();
    require(owner_.use == SessionUse::kNone, "an ended session has no streams");
    require(shared_.totals.running_calls == 0, "no call runs any longer");
    require(shared_.totals.streams == 0, "no stream is open any longer");
    require(shared_.totals.pending_bytes == 0, "no request is held any longer");
    require(shared_.totals.unsent_bytes == 0, "no reply is held any longer");
    require(shared_.totals.finished_calls == observer_.records, "every record is counted");
    require(context_.timers.next_ns() == TimerQueue::kNever, "no timer is left");
  }

 private:
  // What goes on beside: answers come, messages of streams, time passes, a slow client reads.
  void serve(std::size_t round) {
    if (!later_.waiting.empty()) {
      Call* call = context_.calls.find(later_.waiting.back());
      std::vector<std::uint8_t> framed(kMessagePrefix + round % 1000);
      if (call != nullptr && call->kind != MethodKind::kUnary && round % 3 != 0) {
        session_->send(*call, std::move(framed));
      } else {
        later_.waiting.pop_back();
        if (call != nullptr && round % 5 != 0) {
          Answer answer;
          answer.framed = std::move(framed);
          if (round % 2 == 0) {
            answer.failure.emplace();
          }
          session_->answer(*call, answer);
        }
      }
    }
    clock_.now_ns += static_cast<std::int64_t>(round % 7) * 100'000'000;
    context_.timers.expire(clock_.now_ns);
    const Bytes output = session_->pending_output();
    session_->consume_output(output.size() - output.size() / 4 * (round % 2));
  }

  Echo echo_;
  Later later_;
  CountingObserver observer_;
  StandingClock clock_;
  ServerShared shared_{{{"/e", MethodKind::kUnary, false, &echo_},
                        {"/s", MethodKind::kUnary, true, &echo_},
                        {"/l", MethodKind::kUnary, false, &later_},
                        {"/r", MethodKind::kServerStream, false, &later_},
                        {"/b", MethodKind::kBidirectional, true, &later_}},
                       limits(),
                       observer_};
  SessionContext context_{shared_, clock_, 0};
  Owner owner_;
  std::unique_ptr<Session> session_;

  // Small, so that small inputs reach them.
  static Http2Limits limits() {
    Http2Limits small;
    small.max_concurrent_streams = 20;
    small.max_request_bytes = 500;
    small.hard_message_bytes = 1000;
    small.max_pending_bytes = 2000;
    small.max_header_list_bytes = 600;
    small.max_unsent_bytes = 2000;
    return small;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Connection connection;
  connection.feed({data, size});
  connection.end();
  return 0;
}
