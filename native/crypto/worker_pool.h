// A few threads for work that is too long for the thread it arrived on, behind a queue of bounded
// length.
#pragma once

#include <cstddef>
#include <memory>

#include "native/crypto/errors.h"

namespace cryptobroker {

// One piece of work. Owns copies of all it needs.
class Job {
 public:
  virtual ~Job() = default;
  // Does the work; on a pool thread.
  virtual void run() = 0;
  // Asks a running job to end early; from another thread while run() runs. Short jobs need not
  // listen.
  virtual void cancel() {}
};

// Whoever submits jobs and takes them back.
class JobOwner {
 public:
  virtual ~JobOwner() = default;
  // Takes a job that has run; on a pool thread. Must not block, and must not call the pool.
  virtual void finished(std::unique_ptr<Job> job) = 0;
};

class WorkerPool {
 public:
  struct Stats {
    std::size_t threads = 0;
    std::size_t running = 0;
    std::size_t queued = 0;
    std::size_t capacity = 0;
  };

  // threads: 1 to 64, capacity (jobs that may wait): 1 to 65536. Fails with INTERNAL when the
  // system gives no threads.
  static Result<std::unique_ptr<WorkerPool>> start(std::size_t threads, std::size_t capacity);
  // Drops waiting jobs, cancels running ones, and joins the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues a job for `owner`, which must stay until withdraw() or the job's finished(). QUEUE_FULL
  // when no more may wait.
  Status submit(JobOwner& owner, std::unique_ptr<Job> job);

  // Forgets an owner: its waiting jobs are dropped, its running ones cancelled and waited for.
  // Afterwards the pool will not call `owner` again.
  void withdraw(JobOwner& owner);

  Stats stats() const;

 private:
  struct State;
  explicit WorkerPool(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cryptobroker
