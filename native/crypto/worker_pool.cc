#include "native/crypto/worker_pool.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "native/crypto/signals_blocked.h"

namespace cryptobroker {

struct WorkerPool::State {
  struct Entry {
    JobOwner* owner = nullptr;
    std::unique_ptr<Job> job;
  };
  // What one thread is working on: `job` until it has run, `owner` until it has been handed back.
  struct Running {
    JobOwner* owner = nullptr;
    Job* job = nullptr;
  };

  explicit State(std::size_t waiting) : capacity(waiting) {}

  void work(Running& self);
  void cancel_running(const JobOwner* owner);
  bool runs_for(const JobOwner* owner) const;
  std::size_t busy() const;

  mutable std::mutex mutex;
  std::condition_variable work_available;
  std::condition_variable job_ended;
  const std::size_t capacity;
  std::deque<Entry> queue;
  std::vector<pthread_t> threads;
  std::vector<std::unique_ptr<Running>> running;
  bool stopping = false;
};

void WorkerPool::State::work(Running& self) {
  std::unique_lock lock(mutex);
  for (;;) {
    work_available.wait(lock, [this] { return stopping || !queue.empty(); });
    if (stopping) {
      return;
    }
    Entry entry = std::move(queue.front());
    queue.pop_front();
    self = {entry.owner, entry.job.get()};
    lock.unlock();
    entry.job->run();
    lock.lock();
    // From here on nobody may cancel the job, for it changes hands, and this thread counts as idle
    // again; but withdraw() still waits for it.
    self.job = nullptr;
    lock.unlock();
    entry.owner->finished(std::move(entry.job));
    lock.lock();
    self.owner = nullptr;
    job_ended.notify_all();
  }
}

void WorkerPool::State::cancel_running(const JobOwner* owner) {
  for (const auto& one : running) {
    if (one->job != nullptr && (owner == nullptr || one->owner == owner)) {
      one->job->cancel();
    }
  }
}

bool WorkerPool::State::runs_for(const JobOwner* owner) const {
  for (const auto& one : running) {
    if (one->owner == owner) {
      return true;
    }
  }
  return false;
}

std::size_t WorkerPool::State::busy() const {
  std::size_t count = 0;
  for (const auto& one : running) {
    count += one->job != nullptr ? 1 : 0;
  }
  return count;
}

WorkerPool::WorkerPool(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(std::size_t threads, std::size_t capacity) {
  struct Seat {
    State* state;
    State::Running* running;
  };
  const auto sit = [](void* argument) -> void* {
    const std::unique_ptr<Seat> seat(static_cast<Seat*>(argument));
    seat->state->work(*seat->running);
    return nullptr;
  };

  std::unique_ptr<WorkerPool> pool(new WorkerPool(std::make_unique<State>(capacity)));
  State& state = *pool->state_;
  const AllSignalsBlocked blocked;
  for (std::size_t i = 0; i < threads; ++i) {
    State::Running* running = nullptr;
    {
      const std::lock_guard lock(state.mutex);
      running = state.running.emplace_back(std::make_unique<State::Running>()).get();
    }
    auto seat = std::make_unique<Seat>(Seat{&state, running});
    // pthread_create and not std::thread, which can only report failure by an exception.
    pthread_t thread;
    if (pthread_create(&thread, nullptr, sit, seat.get()) != 0) {
      return internal_error("starting worker threads");
    }
    (void)seat.release();
    pthread_setname_np(thread, "crypto-worker");
    state.threads.push_back(thread);
  }
  return pool;
}

WorkerPool::~WorkerPool() {
  std::deque<State::Entry> dropped;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->queue);
    state_->cancel_running(nullptr);
  }
  state_->work_available.notify_all();
  for (const pthread_t thread : state_->threads) {
    pthread_join(thread, nullptr);
  }
}

Status WorkerPool::submit(JobOwner& owner, std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(state_->mutex);
    // A job that an idle thread is about to take does not wait.
    const std::size_t idle = state_->running.size() - state_->busy();
    if (state_->queue.size() >= state_->capacity + idle) {
      return Error{ErrorCode::QUEUE_FULL, "every worker is busy and the queue is full", {}};
    }
    state_->queue.push_back({&owner, std::move(job)});
  }
  state_->work_available.notify_one();
  return Done{};
}

void WorkerPool::withdraw(JobOwner& owner) {
  std::deque<State::Entry> dropped;
  std::unique_lock lock(state_->mutex);
  std::deque<State::Entry> kept;
  for (State::Entry& entry : state_->queue) {
    (entry.owner == &owner ? dropped : kept).push_back(std::move(entry));
  }
  state_->queue.swap(kept);
  state_->cancel_running(&owner);
  state_->job_ended.wait(lock, [&] { return !state_->runs_for(&owner); });
}

WorkerPool::Stats WorkerPool::stats() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->running.size(), state_->busy(), state_->queue.size(), state_->capacity};
}

}  // namespace cryptobroker
