// A listening socket.
#pragma once

#include <cstddef>
#include <memory>

#include "native/http2/admission.h"
#include "native/http2/event_loop.h"
#include "native/http2/session_context.h"
#include "native/http2/timer_queue.h"
#include "native/http2/unique_fd.h"

namespace cryptobroker {

class ListenerHost {
 public:
  virtual ~ListenerHost() = default;
  // A connection has come. It has no place yet.
  virtual void accepted(UniqueFd socket, const std::shared_ptr<Admission>& admission) = 0;
};

class Listener final : public EventHandler, private Timer {
 public:
  // nullptr when descriptors are short. The socket is one that listens, and does not block.
  static std::unique_ptr<Listener> open(ListenerHost& host, EventLoop& loop,
                                        SessionContext& context, UniqueFd socket);
  ~Listener() override;

  void on_events(std::uint32_t events) override;

 private:
  Listener(ListenerHost& host, EventLoop& loop, SessionContext& context, UniqueFd socket);
  bool accept_one();
  void refuse_one();
  void pause();
  void expired() override;

  ListenerHost& host_;
  EventLoop& loop_;
  SessionContext& context_;
  UniqueFd socket_;
  // Given up for a moment when descriptors run out, so that a connection can be accepted and
  // closed: left in the queue, it would wake the thread for ever.
  UniqueFd reserve_;
  std::shared_ptr<Admission> admission_;
};

}  // namespace cryptobroker
