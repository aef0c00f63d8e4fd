#include "native/http2/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <string>
#include <utility>

namespace cryptobroker {
namespace {

// Connections taken before others on the thread have their turn.
constexpr int kTurns = 64;
// How long nobody is accepted when not even the reserve helps.
constexpr std::int64_t kPauseNs = 100'000'000;

UniqueFd open_reserve() { return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

std::unique_ptr<Listener> Listener::open(ListenerHost& host, EventLoop& loop,
                                         SessionContext& context, UniqueFd socket) {
  std::unique_ptr<Listener> listener(new Listener(host, loop, context, std::move(socket)));
  return loop.add(listener->socket_.get(), EPOLLIN, *listener) ? std::move(listener) : nullptr;
}

Listener::Listener(ListenerHost& host, EventLoop& loop, SessionContext& context, UniqueFd socket)
    : host_(host),
      loop_(loop),
      context_(context),
      socket_(std::move(socket)),
      reserve_(open_reserve()),
      admission_(std::make_shared<Admission>()) {}

Listener::~Listener() { loop_.remove(socket_.get()); }

void Listener::on_events(std::uint32_t) {
  for (int turn = 0; turn < kTurns && accept_one(); ++turn) {
  }
}

// False when there is nobody to accept for now.
bool Listener::accept_one() {
  UniqueFd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (connection.get() >= 0) {
    host_.accepted(std::move(connection), admission_);
    return true;
  }
  switch (errno) {
    case EAGAIN:
      return false;
    case EINTR:
    case ECONNABORTED:
      return true;
    case EMFILE:
    case ENFILE:
      context_.shared.faults.report(errno == EMFILE ? "cannot accept a connection: EMFILE"
                                                    : "cannot accept a connection: ENFILE",
                                    context_.clock.monotonic_ns());
      refuse_one();
      return !armed();
    default:
      context_.shared.faults.report("cannot accept a connection: errno " + std::to_string(errno),
                                    context_.clock.monotonic_ns());
      pause();
      return false;
  }
}

void Listener::refuse_one() {
  reserve_.reset();
  UniqueFd unwanted(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const bool refused = unwanted.get() >= 0 || errno == EAGAIN;
  unwanted.reset();
  reserve_ = open_reserve();
  if (!refused || reserve_.get() < 0) {
    pause();
  }
}

void Listener::pause() {
  loop_.modify(socket_.get(), 0, *this);
  context_.timers.arm(*this, context_.clock.monotonic_ns() + kPauseNs);
}

void Listener::expired() {
  if (reserve_.get() < 0) {
    reserve_ = open_reserve();
  }
  loop_.modify(socket_.get(), EPOLLIN, *this);
}

}  // namespace cryptobroker
