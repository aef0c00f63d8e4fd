// A Session with a clock that stands still, handlers that tests give it, and a client that speaks
// to it without a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/http2/session.h"
#include "native/test/support/http2_client.h"

namespace cryptobroker::testing {

inline constexpr std::int64_t kMillisecond = 1'000'000;

class StandingClock final : public Clock {
 public:
  std::int64_t monotonic_ns() override { return now_ns; }
  std::int64_t unix_offset_ns() override { return 1'700'000'000'000'000'000; }
  std::int64_t now_ns = 1'000'000'000;
};

// Remembers what an observer is told. Of one thread.
class RememberingObserver final : public ServerObserver {
 public:
  void finished(const CallRecord& record, std::string_view cause) override {
    records.push_back(record);
    spans.push_back(record.span == nullptr ? std::nullopt : std::optional(*record.span));
    records.back().span = nullptr;
    causes.emplace_back(cause);
  }
  void fault(std::string_view what) override { faults.emplace_back(what); }

  std::vector<CallRecord> records;
  // Of each record.
  std::vector<std::optional<SpanFacts>> spans;
  std::vector<std::string> causes;
  std::vector<std::string> faults;
};

// Answers with what it got.
class EchoHandler : public CallHandler {
 public:
  bool on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                  Answer& answer) override;
  std::vector<CallStart> calls;
};

// Keeps every call waiting and notes what happens to it.
class PendingHandler final : public CallHandler {
 public:
  bool on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                  Answer& answer) override;
  void on_half_closed(CallToken token) override;
  void on_cancelled(CallToken token, CancelReason reason) override;
  void on_writable(CallToken token) override;

  std::vector<CallStart> calls;
  // `request TEXT`, `half-closed`, `cancelled`, `deadline`, `writable`, in order.
  std::vector<std::string> events;
};

// A connection's two ends in one thread.
class SessionPair final : private SessionOwner {
 public:
  // The methods: /t.Test/ with Echo, Pending, Secret (echo), Stream (pending) and Bidi (pending).
  explicit SessionPair(const Http2Limits& limits = {});

  // Calls are traced; before the first of them.
  void trace() {
    shared.traced = true;
    session = Session::create(context, *this);
  }
  // Carries bytes both ways until neither has more to say.
  void exchange();
  // With that client from now on, in place of `client`.
  void exchange(Http2Client& with) {
    peer_ = &with;
    exchange();
  }
  // Bytes of our own to the server, without `client`; what it answers.
  std::vector<std::uint8_t> raw(std::vector<std::uint8_t> bytes);
  // Lets time pass, with what that does.
  void pass(std::int64_t ns);
  void answer(CallToken token, std::string_view text);
  void fail(CallToken token, CallFailure failure);
  // One message of a stream. False: wait.
  bool send(CallToken token, std::string_view text);
  // A call and its outcome.
  std::string outcome(std::string_view path, std::string_view message,
                      const Http2Headers& more = {});

  EchoHandler echo;
  PendingHandler pending;
  RememberingObserver observer;
  StandingClock clock;
  ServerShared shared;
  SessionContext context;
  std::unique_ptr<Session> session;
  Http2Client client;
  // The server wants no more.
  bool over = false;
  SessionUse use = SessionUse::kNone;
  // Bytes the server reads at a time.
  std::size_t read_size = 64 * 1024;

 private:
  void session_changed() override {}
  void session_used(SessionUse now) override { use = now; }

  Http2Client* peer_ = &client;
};

}  // namespace cryptobroker::testing
