// What one thread waits for: sockets, timers, and being woken by other threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "native/http2/clock.h"
#include "native/http2/timer_queue.h"
#include "native/http2/unique_fd.h"

namespace cryptobroker {

class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // `events` as epoll says it.
  virtual void on_events(std::uint32_t events) = 0;
};

class EventLoop {
 public:
  // nullptr when the system gives no descriptors.
  static std::unique_ptr<EventLoop> create();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // False when the system refuses. A handler is asked as long as its descriptor is open.
  bool add(int fd, std::uint32_t events, EventHandler& handler);
  void modify(int fd, std::uint32_t events, EventHandler& handler);
  void remove(int fd);

  // Waits for events or the next of `timers`, and serves them. True when wake() was called.
  bool run_once(SystemClock& clock, TimerQueue& timers);
  // From any thread: run_once() returns soon.
  void wake();

 private:
  EventLoop(UniqueFd epoll, UniqueFd wakeup);
  int wait_ms(SystemClock& clock, const TimerQueue& timers) const;

  UniqueFd epoll_;
  UniqueFd wakeup_;
};

}  // namespace cryptobroker
