#include "native/http2/http2_server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <latch>
#include <utility>

#include "native/http2/session_context.h"
#include "native/http2/worker.h"

namespace cryptobroker {
namespace {

Error failed(std::string_view step) {
  return {ErrorCode::INTERNAL, std::string(step) + " failed", {}};
}

bool is_listening(int socket) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

bool set_flags(int fd) {
  const int status = fcntl(fd, F_GETFL);
  const int descriptor = fcntl(fd, F_GETFD);
  return status >= 0 && descriptor >= 0 && fcntl(fd, F_SETFL, status | O_NONBLOCK) == 0 &&
         fcntl(fd, F_SETFD, descriptor | FD_CLOEXEC) == 0;
}

}  // namespace

struct Http2Server::State {
  explicit State(Options options)
      : shared(std::move(options.methods), options.limits, *options.observer) {
    shared.traced = options.traced;
  }
  ~State() {
    // All are told before the first is waited for. A thread may hand a connection to another until
    // it is joined, so none is destroyed before that.
    for (const auto& worker : workers) {
      worker->post_stop();
    }
    for (const auto& worker : workers) {
      worker->join();
    }
  }

  Worker& of(CallToken token) {
    return *workers[std::min(CallRegistry::thread_of(token), workers.size() - 1)];
  }

  ServerShared shared;
  std::vector<std::unique_ptr<Worker>> workers;
};

Result<std::unique_ptr<Http2Server>> Http2Server::start(Options options) {
  const std::size_t threads = std::clamp<std::size_t>(options.threads, 1, CallRegistry::kThreads);
  if (options.observer == nullptr || options.methods.size() >= CallRecord::kUnknownMethod) {
    return failed("reading the options of the server");
  }
  auto state = std::make_unique<State>(std::move(options));
  for (std::size_t i = 0; i < threads; ++i) {
    auto worker = Worker::create(state->shared, i, state->workers);
    if (worker == nullptr) {
      return failed("opening the descriptors of a server thread");
    }
    state->workers.push_back(std::move(worker));
  }
  for (const auto& worker : state->workers) {
    if (!worker->start_thread()) {
      return failed("starting a server thread");
    }
  }
  return std::unique_ptr<Http2Server>(new Http2Server(std::move(state)));
}

Http2Server::Http2Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Http2Server::~Http2Server() = default;

Status Http2Server::listen(int listening_socket) {
  if (!is_listening(listening_socket) || !set_flags(listening_socket)) {
    return failed("taking over a listening socket");
  }
  state_->workers.front()->post_listen(UniqueFd(listening_socket));
  return Done{};
}

void Http2Server::stop_listening() {
  const auto done = std::make_shared<std::latch>(1);
  state_->workers.front()->post_stop_listening(done);
  done->wait();
}

void Http2Server::answer(CallToken token, Answer answer) {
  state_->of(token).post_answer(token, std::move(answer));
}

bool Http2Server::send(CallToken token, std::vector<std::uint8_t> framed) {
  const StreamLedger::Room room = state_->shared.streams.add(token, framed.size());
  if (room == StreamLedger::Room::kGone) {
    return false;
  }
  state_->of(token).post_message(token, std::move(framed));
  return room == StreamLedger::Room::kFree;
}

void Http2Server::drain(std::chrono::milliseconds limit,
                        std::function<void(std::size_t cut_off)> done) {
  auto watch = std::make_shared<DrainWatch>();
  watch->threads_left = state_->workers.size();
  watch->limit = limit;
  watch->done = std::move(done);
  for (const auto& worker : state_->workers) {
    worker->post_drain(watch);
  }
}

Http2Stats Http2Server::stats() const {
  const ServerTotals& totals = state_->shared.totals;
  return {totals.connections.load(std::memory_order_relaxed),
          totals.running_calls.load(std::memory_order_relaxed),
          totals.finished_calls.load(std::memory_order_relaxed)};
}

}  // namespace cryptobroker
