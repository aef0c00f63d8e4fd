// The calls of one thread: their memory, used again and again, and the tokens by which handlers
// name them.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "native/http2/call.h"

namespace cryptobroker {

class CallRegistry {
 public:
  // Threads share the tokens between them: the remainder by kThreads names the thread.
  static constexpr std::size_t kThreads = 2;
  static std::size_t thread_of(CallToken token) { return token % kThreads; }

  explicit CallRegistry(std::size_t thread) : next_(kThreads + thread) {}
  CallRegistry(const CallRegistry&) = delete;
  CallRegistry& operator=(const CallRegistry&) = delete;

  // A call with a token of its own, everything else as new.
  Call& acquire();
  void release(Call& call);

  // Makes the call known by its token, until untrack().
  void track(Call& call);
  void untrack(Call& call);
  // nullptr when there is none any longer.
  Call* find(CallToken token) const;

 private:
  CallToken next_;
  std::vector<std::unique_ptr<Call>> all_;
  std::vector<Call*> free_;
  std::unordered_map<CallToken, Call*> tracked_;
};

}  // namespace cryptobroker
