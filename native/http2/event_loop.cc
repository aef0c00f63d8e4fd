#include "native/http2/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cryptobroker {
namespace {

// A timer further away is looked at again; epoll counts milliseconds in an int.
constexpr std::int64_t kLongestWaitMs = 60'000;

}  // namespace

std::unique_ptr<EventLoop> EventLoop::create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  UniqueFd wakeup(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll.get() < 0 || wakeup.get() < 0 ||
      epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wakeup.get(), &event) != 0) {
    return nullptr;
  }
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), std::move(wakeup)));
}

EventLoop::EventLoop(UniqueFd epoll, UniqueFd wakeup)
    : epoll_(std::move(epoll)), wakeup_(std::move(wakeup)) {}

bool EventLoop::add(int fd, std::uint32_t events, EventHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::modify(int fd, std::uint32_t events, EventHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

bool EventLoop::run_once(SystemClock& clock, TimerQueue& timers) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               wait_ms(clock, timers));
  clock.refresh();
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      eventfd_t value = 0;
      eventfd_read(wakeup_.get(), &value);
      woken = true;
    } else {
      static_cast<EventHandler*>(event.data.ptr)->on_events(event.events);
    }
  }
  if (timers.next_ns() != TimerQueue::kNever) {
    timers.expire(clock.monotonic_ns());
  }
  return woken;
}

void EventLoop::wake() { eventfd_write(wakeup_.get(), 1); }

int EventLoop::wait_ms(SystemClock& clock, const TimerQueue& timers) const {
  const std::int64_t next = timers.next_ns();
  if (next == TimerQueue::kNever) {
    return -1;
  }
  // Rounded up: waking too early would only mean waiting once more.
  const std::int64_t wait = (next - clock.monotonic_ns() + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, kLongestWaitMs));
}

}  // namespace cryptobroker
