#include "native/binding/environment.h"

#include <utility>

namespace cryptobroker {

Environment& Environment::of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

Status Environment::attach(Napi::Env env, const CoreSettings& settings) {
  auto core = ProcessCore::acquire(settings);
  if (!core) {
    return core.error();
  }
  if (core_ != nullptr) {
    return Done{};
  }
  if (const Status opened = open_channel(env); !opened) {
    return opened.error();
  }
  core_ = std::move(core).value();
  return Done{};
}

Status Environment::open_channel(Napi::Env env) {
  const Napi::String name = Napi::String::New(env, "crypto-broker");
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, /*max_queue_size=*/0,
                                      /*initial_thread_count=*/1, nullptr, nullptr, this, on_wake,
                                      &wake_) != napi_ok ||
      napi_unref_threadsafe_function(env, wake_) != napi_ok ||
      // Hooks run in reverse order: ours before the one by which Node closes the thread-safe
      // function.
      napi_add_env_cleanup_hook(env, on_environment_end, this) != napi_ok) {
    return internal_error("opening the way back to JavaScript");
  }
  return Done{};
}

void Environment::on_environment_end(void* self) {
  auto& environment = *static_cast<Environment*>(self);
  // After this no pool thread knows of us. Promises still open stay open: JavaScript no longer runs
  // here.
  environment.core_->pool().withdraw(environment);
  environment.finished_.clear();
  napi_release_threadsafe_function(environment.wake_, napi_tsfn_abort);
  environment.core_.reset();
}

napi_value Environment::submit(Napi::Env env, std::unique_ptr<PromiseJob> job) {
  const PromiseEnd promise = job->promise();
  if (const Status submitted = core_->pool().submit(*this, std::move(job)); !submitted) {
    promise.reject(env, submitted.error());
    return promise.value;
  }
  if (jobs_out_++ == 0) {
    napi_ref_threadsafe_function(env, wake_);
  }
  return promise.value;
}

void Environment::finished(std::unique_ptr<Job> job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = finished_.empty();
    finished_.push_back(std::move(job));
  }
  // One wake-up serves all jobs that finish before it is answered.
  if (first) {
    napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  }
}

void Environment::on_wake(napi_env env, napi_value, void* self, void*) {
  // Without an environment Node is only emptying its queue at the end.
  if (env != nullptr) {
    static_cast<Environment*>(self)->settle_finished(env);
  }
}

void Environment::settle_finished(Napi::Env env) {
  std::vector<std::unique_ptr<Job>> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(finished_);
  }
  for (const std::unique_ptr<Job>& job : jobs) {
    const Napi::HandleScope scope(env);
    static_cast<PromiseJob&>(*job).settle(env);
  }
  jobs_out_ -= jobs.size();
  if (jobs_out_ == 0) {
    napi_unref_threadsafe_function(env, wake_);
  }
}

}  // namespace cryptobroker
