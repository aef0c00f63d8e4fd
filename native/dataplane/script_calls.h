// Calls of methods that are answered by a script on another thread: what happens to them waits for
// it in one bounded queue.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "native/dataplane/data_plane.h"
#include "native/http2/http2_server.h"

namespace cryptobroker {

class ScriptCalls final : public CallHandler {
 public:
  struct Options {
    // By their index in the server's table.
    std::vector<DataPlane::ScriptMethod> methods;
    std::function<void()> wake;
    // Requests that may wait for the script, and their bytes together: a script that is busy with
    // something else must not be buried by what has come meanwhile.
    std::size_t max_requests = 4096;
    std::size_t max_request_bytes = 64 * 1024 * 1024;
  };

  explicit ScriptCalls(Options options);
  // Wipes what nobody has taken.
  ~ScriptCalls() override;
  ScriptCalls(const ScriptCalls&) = delete;
  ScriptCalls& operator=(const ScriptCalls&) = delete;

  const std::vector<DataPlane::ScriptMethod>& methods() const { return options_.methods; }
  // As in DataPlane.
  std::vector<ScriptEvent> take_events();

  bool on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                  Answer& answer) override;
  void on_half_closed(CallToken token) override;
  void on_cancelled(CallToken token, CancelReason reason) override;
  void on_writable(CallToken token) override;

 private:
  void add(ScriptEvent::Kind kind, CallToken token);
  // With the lock held. True when the script is to be woken.
  bool push(ScriptEvent event);

  const Options options_;

  std::mutex mutex_;
  std::deque<ScriptEvent> events_;
  std::size_t requests_ = 0;
  std::size_t request_bytes_ = 0;
  // The script has been woken and has not taken everything yet.
  bool signalled_ = false;
};

}  // namespace cryptobroker
