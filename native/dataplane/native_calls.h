// Calls of the native methods: what is short is answered at once, what is long goes to the pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "native/broker/native_method.h"
#include "native/crypto/worker_pool.h"
#include "native/http2/http2_server.h"

namespace cryptobroker {

class NativeCalls final : public CallHandler, private JobOwner {
 public:
  struct Options {
    // By the index in the server's table less `first`; outlive this.
    std::vector<const NativeMethod*> methods;
    std::uint16_t first = 0;
    // Outlives this. What its queue has no room for is answered QUEUE_FULL.
    WorkerPool* pool = nullptr;
  };

  explicit NativeCalls(Options options);
  ~NativeCalls() override;
  NativeCalls(const NativeCalls&) = delete;
  NativeCalls& operator=(const NativeCalls&) = delete;

  using Sink = std::function<void(CallToken, Answer)>;
  // Where late answers go, from any thread; given before the first call.
  void answer_to(Sink sink) { sink_ = std::move(sink); }
  // Drops what waits and waits for what runs. Afterwards calls are left without an answer: their
  // connections are about to end.
  void close();

  bool on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                  Answer& answer) override;
  void on_cancelled(CallToken token, CancelReason reason) override;

 private:
  struct Waiting {
    CallToken token = 0;
    std::unique_ptr<CallWork> work;
    Answer answer;
  };
  class Turn;

  bool enqueue(Waiting waiting);
  // The next call to work on; empty when all have been cancelled.
  std::list<Waiting> next();
  void finished(std::unique_ptr<Job> job) override;

  const Options options_;
  Sink sink_;

  std::mutex mutex_;
  // A list of our own, for the pool's queue gives nothing back: a call that nobody waits for any
  // longer must leave its place to the next.
  std::list<Waiting> waiting_;
  std::unordered_map<CallToken, std::list<Waiting>::iterator> places_;
  // Jobs in the pool that have not looked for a call yet; never fewer than there are calls waiting.
  std::size_t turns_ = 0;
  bool closed_ = false;
};

}  // namespace cryptobroker
