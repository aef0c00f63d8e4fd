// What one JavaScript environment (the main thread, or a worker thread) holds of the core, and its
// way back from the pool to JavaScript.
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "native/binding/process_core.h"
#include "native/binding/promise_job.h"
#include "native/crypto/worker_pool.h"

namespace cryptobroker {

class Environment final : public JobOwner {
 public:
  // The instance data of an environment.
  static Environment& of(Napi::Env env);

  Environment() = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Takes a share of the core, and lets go of it when the environment ends.
  Status attach(Napi::Env env, const CoreSettings& settings);
  // nullptr before attach().
  ProcessCore* core() const { return core_.get(); }

  // Queues the job and returns its promise, which is rejected at once when the queue is full.
  // attach() was called.
  napi_value submit(Napi::Env env, std::unique_ptr<PromiseJob> job);

  void finished(std::unique_ptr<Job> job) override;

 private:
  Status open_channel(Napi::Env env);
  static void on_wake(napi_env env, napi_value function, void* self, void* data);
  static void on_environment_end(void* self);
  void settle_finished(Napi::Env env);

  std::shared_ptr<ProcessCore> core_;
  // Wakes the JavaScript thread. Keeps the event loop alive only while jobs are out: otherwise it
  // would keep every process alive, or let one exit with promises open.
  napi_threadsafe_function wake_ = nullptr;
  std::size_t jobs_out_ = 0;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Job>> finished_;  // guarded by mutex_
};

}  // namespace cryptobroker
