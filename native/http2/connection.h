// A socket and the session on it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "native/http2/admission.h"
#include "native/http2/event_loop.h"
#include "native/http2/session.h"
#include "native/http2/timer_queue.h"
#include "native/http2/unique_fd.h"

namespace cryptobroker {

// What the connections of one thread need of it.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual EventLoop& loop() = 0;
  virtual SessionContext& context() = 0;
  // For what is read; used by one connection at a time.
  virtual MutableBytes read_buffer() = 0;
  // flush() is to be called before the thread waits again.
  virtual void flush_later(Connection& connection) = 0;
  // How many connections wait for their clients to close; they count there from linger() on.
  virtual std::size_t& lingering() = 0;
  // The connection is over; it is destroyed before the thread waits again.
  virtual void closed(Connection& connection) = 0;
};

class Connection final : public EventHandler, private SessionOwner, private Timer {
 public:
  // nullptr when memory or descriptors are short. Takes a place of `admission` until it dies.
  static std::unique_ptr<Connection> open(ConnectionHost& host, UniqueFd socket,
                                          std::shared_ptr<Admission> admission, std::size_t thread);
  ~Connection() override;

  void on_events(std::uint32_t events) override;
  // Writes what there is to write, and closes when nothing is left to be done.
  void flush();
  // Ends it with GOAWAY, and makes its place free.
  void terminate();
  // The same, and closes the socket at once.
  void cut_off();

  Session& session() { return *session_; }
  // True when it serves nobody any more.
  bool ending() const { return closed_ || lingering_; }
  // Since when it has had nothing to do.
  std::int64_t idle_since_ns() const { return idle_since_ns_; }

  // Places in the lists of the host.
  std::size_t slot = 0;
  bool flush_pending = false;

 private:
  Connection(ConnectionHost& host, UniqueFd socket, std::shared_ptr<Admission> admission,
             std::size_t thread);
  bool receive();
  void watch_for(std::uint32_t events);
  void watch_reader(bool progress);
  void leave_place();
  void linger();
  void discard();
  void close();

  void session_changed() override;
  void session_used(SessionUse use) override;
  void expired() override;

  ConnectionHost& host_;
  UniqueFd socket_;
  std::shared_ptr<Admission> admission_;
  Admission::Lists& lists_;
  // The one of these that it is in, and where.
  std::list<Connection*>* list_;
  std::list<Connection*>::iterator place_;
  std::int64_t idle_since_ns_ = 0;
  std::uint32_t watched_ = 0;
  bool has_place_ = true;
  bool lingering_ = false;
  bool closed_ = false;
  // Ends its calls before anything else here goes.
  std::unique_ptr<Session> session_;
};

}  // namespace cryptobroker
