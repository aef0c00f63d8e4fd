#include "native/http2/connection.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "native/http2/wipe.h"

namespace cryptobroker {
namespace {

// What one connection may read or write before others have their turn.
constexpr int kTurns = 4;

// How long a client may take to read the last that it was told, and to close its end.
constexpr std::int64_t kLingerNs = 1'000'000'000;
// How many may take that at a time: they cost descriptors.
constexpr std::size_t kMostLingering = 64;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

std::unique_ptr<Connection> Connection::open(ConnectionHost& host, UniqueFd socket,
                                             std::shared_ptr<Admission> admission,
                                             std::size_t thread) {
  std::unique_ptr<Connection> connection(
      new Connection(host, std::move(socket), std::move(admission), thread));
  connection->session_ = Session::create(host.context(), *connection);
  if (connection->session_ == nullptr ||
      !host.loop().add(connection->socket_.get(), EPOLLIN, *connection)) {
    return nullptr;
  }
  connection->watched_ = EPOLLIN;
  return connection;
}

Connection::Connection(ConnectionHost& host, UniqueFd socket, std::shared_ptr<Admission> admission,
                       std::size_t thread)
    : host_(host),
      socket_(std::move(socket)),
      admission_(std::move(admission)),
      lists_(admission_->lists[thread]),
      list_(&lists_.idle),
      idle_since_ns_(host.context().clock.monotonic_ns()) {
  admission_->taken.fetch_add(1, std::memory_order_relaxed);
  host.context().shared.totals.connections.fetch_add(1, std::memory_order_relaxed);
  place_ = list_->insert(list_->end(), this);
}

Connection::~Connection() {
  // Its calls end while the connection still has its places.
  session_.reset();
  list_->erase(place_);
  leave_place();
  if (lingering_) {
    --host_.lingering();
  }
  host_.context().shared.totals.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Connection::on_events(std::uint32_t events) {
  if (closed_) {
    return;
  }
  if (lingering_) {
    discard();
    return;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !receive()) {
    return;
  }
  flush();
}

// False when the connection is over.
bool Connection::receive() {
  const MutableBytes buffer = host_.read_buffer();
  for (int turn = 0; turn < kTurns; ++turn) {
    const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (would_block(errno) || errno == EINTR)) {
      return true;
    }
    if (size <= 0) {
      close();
      return false;
    }
    if (!session_->receive(buffer.first(static_cast<std::size_t>(size)))) {
      return true;
    }
    if (static_cast<std::size_t>(size) < buffer.size()) {
      return true;
    }
  }
  return true;
}

void Connection::flush() {
  flush_pending = false;
  if (ending()) {
    return;
  }
  bool progress = false;
  bool blocked = false;
  bool more = true;
  for (int turn = 0; turn < kTurns && more && !blocked; ++turn) {
    const Bytes output = session_->pending_output();
    if (output.empty()) {
      more = false;
      break;
    }
    const ssize_t size =
        send(socket_.get(), output.data(), output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && !would_block(errno) && errno != EINTR) {
      close();
      return;
    }
    const std::size_t taken = size < 0 ? 0 : static_cast<std::size_t>(size);
    progress |= taken > 0;
    blocked = taken < output.size();
    session_->consume_output(taken);
  }
  if (session_->ended()) {
    linger();
    return;
  }
  // As long as it does not read its replies, nothing more is taken from it either.
  watch_for(more || blocked ? EPOLLOUT : EPOLLIN);
  watch_reader(progress);
}

void Connection::terminate() {
  if (!ending()) {
    session_->terminate(NGHTTP2_NO_ERROR, {});
    flush();
  }
  if (!ending()) {
    close();  // it does not even take the GOAWAY
  }
}

void Connection::cut_off() {
  terminate();
  if (!closed_) {
    close();
  }
}

// Closed at once, a socket makes what the client is just writing fail, and then it may never read
// why: the GOAWAY that says which calls were not begun. So only our end is closed at first.
void Connection::linger() {
  if (host_.lingering() >= kMostLingering) {
    close();
    return;
  }
  ++host_.lingering();
  lingering_ = true;
  session_->abandon();
  leave_place();
  shutdown(socket_.get(), SHUT_WR);
  watch_for(EPOLLIN);
  SessionContext& context = host_.context();
  context.timers.arm(*this, context.clock.monotonic_ns() + kLingerNs);
}

void Connection::discard() {
  const MutableBytes buffer = host_.read_buffer();
  const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size > 0) {
    wipe(buffer.first(static_cast<std::size_t>(size)));  // whatever it may be
  }
  if (size == 0 || (size < 0 && !would_block(errno) && errno != EINTR)) {
    close();
  }
}

void Connection::leave_place() {
  if (has_place_) {
    has_place_ = false;
    admission_->taken.fetch_sub(1, std::memory_order_relaxed);
  }
}

void Connection::watch_for(std::uint32_t events) {
  if (events != watched_) {
    watched_ = events;
    host_.loop().modify(socket_.get(), events, *this);
  }
}

// Replies must not wait for ever for somebody who takes none of them.
void Connection::watch_reader(bool progress) {
  if (session_->unsent() == 0) {
    disarm();
  } else if (progress || !armed()) {
    SessionContext& context = host_.context();
    const std::chrono::nanoseconds limit = context.shared.limits.request_timeout;
    context.timers.arm(*this, context.clock.monotonic_ns() + limit.count());
  }
}

void Connection::expired() {
  if (!lingering_) {
    SessionContext& context = host_.context();
    context.shared.faults.report("a client did not read its replies", context.clock.monotonic_ns());
  }
  cut_off();
}

void Connection::close() {
  closed_ = true;
  disarm();
  host_.loop().remove(socket_.get());
  host_.closed(*this);
}

void Connection::session_changed() { host_.flush_later(*this); }

void Connection::session_used(SessionUse use) {
  std::list<Connection*>* to = &lists_.idle;
  if (use == SessionUse::kCalls) {
    to = &lists_.busy;
  } else {
    idle_since_ns_ = host_.context().clock.monotonic_ns();
    if (use == SessionUse::kStreams) {
      to = &lists_.streaming;
    }
  }
  to->splice(to->end(), *list_, place_);
  list_ = to;
}

}  // namespace cryptobroker
