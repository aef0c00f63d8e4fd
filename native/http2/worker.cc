#include "native/http2/worker.h"

#include <algorithm>
#include <utility>

#include "native/crypto/signals_blocked.h"

namespace cryptobroker {
namespace {

// One read of a Unix socket gives no more than its buffer holds.
constexpr std::size_t kReadBytes = 256 * 1024;
// How long a client may take to say that it has heard the first step of GOAWAY.
constexpr std::chrono::milliseconds kGoawayGrace{1000};

}  // namespace

std::unique_ptr<Worker> Worker::create(ServerShared& shared, std::size_t index,
                                       const std::vector<std::unique_ptr<Worker>>& peers) {
  std::unique_ptr<EventLoop> loop = EventLoop::create();
  if (loop == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<Worker>(new Worker(shared, index, peers, std::move(loop)));
}

Worker::Worker(ServerShared& shared, std::size_t index,
               const std::vector<std::unique_ptr<Worker>>& peers, std::unique_ptr<EventLoop> loop)
    : shared_(shared),
      index_(index),
      peers_(peers),
      loop_(std::move(loop)),
      context_(shared, clock_, index),
      read_buffer_(kReadBytes) {}

Worker::~Worker() { join(); }

void Worker::join() {
  if (started_) {
    pthread_join(thread_, nullptr);
    started_ = false;
  }
}

bool Worker::start_thread() {
  const AllSignalsBlocked blocked;
  started_ = pthread_create(
                 &thread_, nullptr,
                 [](void* self) -> void* {
                   static_cast<Worker*>(self)->run();
                   return nullptr;
                 },
                 this) == 0;
  if (started_) {
    pthread_setname_np(thread_, "http2");
  }
  return started_;
}

// From other threads ------------------------------------------------------------------------------

template <typename Item>
void Worker::post(std::vector<Item>& box, Item item) {
  bool asleep = false;
  {
    const std::lock_guard lock(mutex_);
    // Whoever found something in the boxes has woken the thread, and it has not looked yet.
    asleep = commands_.empty() && replies_.empty();
    box.push_back(std::move(item));
  }
  if (asleep) {
    loop_->wake();
  }
}

void Worker::post_listen(UniqueFd socket) { post<Command>(commands_, Listen{std::move(socket)}); }

void Worker::post_stop_listening(std::shared_ptr<std::latch> done) {
  post<Command>(commands_, StopListening{std::move(done)});
}

void Worker::post_answer(CallToken token, Answer answer) {
  post(replies_, Reply{token, true, std::move(answer)});
}

void Worker::post_message(CallToken token, std::vector<std::uint8_t> framed) {
  Reply reply;
  reply.token = token;
  reply.answer.framed = std::move(framed);
  post(replies_, std::move(reply));
}

void Worker::post_drain(std::shared_ptr<DrainWatch> watch) {
  post<Command>(commands_, BeginDrain{std::move(watch)});
}

void Worker::post_stop() { post<Command>(commands_, Stop{}); }

// On the thread -----------------------------------------------------------------------------------

void Worker::run() {
  while (!stopping_) {
    context_.headers.set_time((clock_.monotonic_ns() + clock_.unix_offset_ns()) / 1'000'000'000);
    if (loop_->run_once(clock_, context_.timers)) {
      take_inbox();
    }
    settle();
  }
  listeners_.clear();
  close_all();
  settle();
}

void Worker::take_inbox() {
  {
    const std::lock_guard lock(mutex_);
    std::swap(commands_, commands_at_hand_);
    std::swap(replies_, replies_at_hand_);
  }
  for (Reply& reply : replies_at_hand_) {
    deliver(reply);
  }
  replies_at_hand_.clear();
  for (Command& command : commands_at_hand_) {
    perform(command);
  }
  commands_at_hand_.clear();
}

void Worker::deliver(Reply& reply) {
  Call* call = context_.calls.find(reply.token);
  if (call == nullptr) {
    return;
  }
  Session& session = *call->session;
  if (reply.ends) {
    session.answer(*call, reply.answer);
  } else {
    session.send(*call, std::move(reply.answer.framed));
  }
  session.changed();
}

void Worker::perform(Command& command) {
  if (auto* newcomer = std::get_if<Adopt>(&command)) {
    adopt(std::move(*newcomer));
  } else if (auto* listen = std::get_if<Listen>(&command)) {
    auto listener = Listener::open(*this, *loop_, context_, std::move(listen->socket));
    if (listener == nullptr) {
      shared_.faults.report("cannot watch a listening socket", clock_.monotonic_ns());
    } else if (!draining_) {
      listeners_.push_back(std::move(listener));
    }
  } else if (auto* stop = std::get_if<StopListening>(&command)) {
    listeners_.clear();
    stop->done->count_down();
  } else if (auto* drain = std::get_if<BeginDrain>(&command)) {
    begin_drain(std::move(drain->watch));
  } else {
    stopping_ = true;
  }
}

void Worker::accepted(UniqueFd socket, const std::shared_ptr<Admission>& admission) {
  Adopt newcomer{std::move(socket), admission, 0};
  const std::size_t peer = next_peer_++ % peers_.size();
  if (peer == index_) {
    adopt(std::move(newcomer));
  } else {
    peers_[peer]->post<Command>(peers_[peer]->commands_, std::move(newcomer));
  }
}

void Worker::adopt(Adopt newcomer) {
  if (draining_ || stopping_) {
    return;
  }
  if (newcomer.admission->taken.load(std::memory_order_relaxed) >= shared_.limits.max_connections &&
      !make_room(*newcomer.admission)) {
    if (++newcomer.refusals < peers_.size()) {
      Worker& other = *peers_[(index_ + 1) % peers_.size()];
      other.post<Command>(other.commands_, std::move(newcomer));
    } else {
      shared_.faults.report("too many connections", clock_.monotonic_ns());
    }
    return;
  }
  auto connection =
      Connection::open(*this, std::move(newcomer.socket), std::move(newcomer.admission), index_);
  if (connection == nullptr) {
    shared_.faults.report("no memory for a connection", clock_.monotonic_ns());
    return;
  }
  Connection& added = *connection;
  added.slot = connections_.size();
  connections_.push_back(std::move(connection));
  flush_later(added);
}

// Ends the connection that has been idle longest, if that is long enough; when there is none, one
// whose streams have been silent for longest.
bool Worker::make_room(Admission& admission) {
  const Admission::Lists& lists = admission.lists[index_];
  const std::chrono::nanoseconds limit = shared_.limits.idle_after;
  const std::int64_t before = clock_.monotonic_ns() - limit.count();
  for (const std::list<Connection*>* list : {&lists.idle, &lists.streaming}) {
    const auto longest = std::find_if(list->begin(), list->end(),
                                      [](const Connection* one) { return !one->ending(); });
    if (longest != list->end() && (*longest)->idle_since_ns() <= before) {
      (*longest)->terminate();
      return true;
    }
  }
  return false;
}

void Worker::begin_drain(std::shared_ptr<DrainWatch> watch) {
  listeners_.clear();
  drain_ = std::move(watch);
  draining_ = true;
  const std::chrono::nanoseconds limit = drain_->limit;
  const std::chrono::nanoseconds grace =
      std::min<std::chrono::nanoseconds>(kGoawayGrace, limit / 2);
  for (const auto& connection : connections_) {
    connection->session().drain(grace.count());
    flush_later(*connection);
  }
  context_.timers.arm(*this, clock_.monotonic_ns() + limit.count());
}

// The time of the drain is up.
void Worker::expired() { close_all(); }

void Worker::close_all() {
  while (!connections_.empty()) {
    Connection& connection = *connections_.back();
    if (drain_ != nullptr) {
      drain_->cut_off.fetch_add(connection.session().running_calls(), std::memory_order_relaxed);
    }
    connection.cut_off();
  }
}

void Worker::flush_later(Connection& connection) {
  if (!connection.flush_pending) {
    connection.flush_pending = true;
    to_flush_.push_back(&connection);
  }
}

void Worker::closed(Connection& connection) {
  const std::size_t slot = connection.slot;
  closed_.push_back(std::move(connections_[slot]));
  if (slot + 1 < connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot = slot;
  }
  connections_.pop_back();
}

// What is left to do when all events have been served.
void Worker::settle() {
  // Whatever is flushed may have more to be flushed: handlers may answer other calls meanwhile.
  for (std::size_t i = 0; i < to_flush_.size(); ++i) {
    to_flush_[i]->flush();
  }
  to_flush_.clear();
  closed_.clear();
  if (drain_ != nullptr && connections_.empty()) {
    disarm();
    report_drained();
  }
}

void Worker::report_drained() {
  const std::shared_ptr<DrainWatch> watch = std::exchange(drain_, nullptr);
  if (watch->threads_left.fetch_sub(1) == 1) {
    watch->done(watch->cut_off.load());
  }
}

}  // namespace cryptobroker
