// One thread of the server: its event loop, its connections, and what other threads want of it.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "native/http2/connection.h"
#include "native/http2/event_loop.h"
#include "native/http2/listener.h"
#include "native/http2/session_context.h"

namespace cryptobroker {

// The end of all connections, awaited by every thread of a server together.
struct DrainWatch {
  std::atomic<std::size_t> threads_left;
  std::atomic<std::size_t> cut_off = 0;
  std::chrono::milliseconds limit;
  std::function<void(std::size_t)> done;
};

class Worker final : private ConnectionHost, private ListenerHost, private Timer {
 public:
  // The first of `peers` accepts for all of them. nullptr when descriptors are short.
  static std::unique_ptr<Worker> create(ServerShared& shared, std::size_t index,
                                        const std::vector<std::unique_ptr<Worker>>& peers);
  // The thread has been told to stop.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Once. False when the system gives no thread.
  bool start_thread();

  // Waits for the end of the thread, if there is one.
  void join();

  // All of these from any thread. Answers and messages take effect in the order in which they come,
  // and so do the others among themselves.
  void post_listen(UniqueFd socket);
  // Counts `done` down when the listening sockets are closed.
  void post_stop_listening(std::shared_ptr<std::latch> done);
  void post_answer(CallToken token, Answer answer);
  void post_message(CallToken token, std::vector<std::uint8_t> framed);
  void post_drain(std::shared_ptr<DrainWatch> watch);
  // Ends every connection at once, and the thread.
  void post_stop();

 private:
  struct Adopt {
    UniqueFd socket;
    std::shared_ptr<Admission> admission;
    // Threads that had no place to give.
    std::size_t refusals = 0;
  };
  struct Listen {
    UniqueFd socket;
  };
  struct StopListening {
    std::shared_ptr<std::latch> done;
  };
  struct BeginDrain {
    std::shared_ptr<DrainWatch> watch;
  };
  struct Stop {};
  using Command = std::variant<Adopt, Listen, StopListening, BeginDrain, Stop>;
  // An answer, or one message of a stream.
  struct Reply {
    CallToken token = 0;
    bool ends = false;
    Answer answer;
  };

  Worker(ServerShared& shared, std::size_t index, const std::vector<std::unique_ptr<Worker>>& peers,
         std::unique_ptr<EventLoop> loop);

  void run();
  void take_inbox();
  void perform(Command& command);
  void deliver(Reply& reply);
  template <typename Item>
  void post(std::vector<Item>& box, Item item);

  void adopt(Adopt newcomer);
  bool make_room(Admission& admission);
  void begin_drain(std::shared_ptr<DrainWatch> watch);
  void close_all();
  void report_drained();
  void settle();

  EventLoop& loop() override { return *loop_; }
  SessionContext& context() override { return context_; }
  MutableBytes read_buffer() override { return read_buffer_; }
  std::size_t& lingering() override { return lingering_; }
  void flush_later(Connection& connection) override;
  void closed(Connection& connection) override;
  void accepted(UniqueFd socket, const std::shared_ptr<Admission>& admission) override;
  void expired() override;

  ServerShared& shared_;
  const std::size_t index_;
  const std::vector<std::unique_ptr<Worker>>& peers_;
  std::unique_ptr<EventLoop> loop_;
  SystemClock clock_;
  SessionContext context_;
  std::vector<std::uint8_t> read_buffer_;
  std::size_t lingering_ = 0;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Connection>> connections_;
  // Closed connections whose memory is in use until the events at hand are served.
  std::vector<std::unique_ptr<Connection>> closed_;
  std::vector<Connection*> to_flush_;
  std::size_t next_peer_ = 0;
  std::shared_ptr<DrainWatch> drain_;
  bool draining_ = false;
  bool stopping_ = false;

  std::mutex mutex_;
  std::vector<Command> commands_;
  std::vector<Reply> replies_;
  // What was in those boxes, being worked on; kept for its memory.
  std::vector<Command> commands_at_hand_;
  std::vector<Reply> replies_at_hand_;

  pthread_t thread_{};
  bool started_ = false;
};

}  // namespace cryptobroker
