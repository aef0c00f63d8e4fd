// A job whose end settles a promise.
#pragma once

#include <napi.h>

#include <optional>
#include <utility>

#include "native/binding/js_error.h"
#include "native/crypto/errors.h"
#include "native/crypto/worker_pool.h"

namespace cryptobroker {

// Our end of a promise. Settling it in an environment that is going down does nothing: hence plain
// Node-API, whose status may be ignored, where node-addon-api would stop the process.
struct PromiseEnd {
  napi_deferred deferred = nullptr;
  napi_value value = nullptr;  // valid in the call that made it only

  static PromiseEnd make(Napi::Env env) {
    PromiseEnd made;
    napi_create_promise(env, &made.deferred, &made.value);
    return made;
  }
  void resolve(Napi::Env env, napi_value result) const {
    napi_resolve_deferred(env, deferred, result);
  }
  void reject(Napi::Env env, const Error& error) const {
    napi_reject_deferred(env, deferred, to_js_error(env, error));
  }
};

// Made and settled on the JavaScript thread; run() in between touches nothing of JavaScript, and a
// job that is dropped because its environment ends may be deleted on any thread.
class PromiseJob : public Job {
 public:
  explicit PromiseJob(Napi::Env env) : promise_(PromiseEnd::make(env)) {}

  const PromiseEnd& promise() const { return promise_; }
  // After run(): resolves or rejects.
  virtual void settle(Napi::Env env) = 0;

 private:
  PromiseEnd promise_;
};

// The usual shape: compute() gives a Result<T>, to_js() turns its value into a JavaScript one.
template <typename T>
class ComputationJob : public PromiseJob {
 public:
  using PromiseJob::PromiseJob;

  void run() final { result_.emplace(compute()); }

  void settle(Napi::Env env) final {
    if (*result_) {
      promise().resolve(env, to_js(env, result_->value()));
    } else {
      promise().reject(env, result_->error());
    }
  }

 protected:
  virtual Result<T> compute() = 0;
  virtual napi_value to_js(Napi::Env env, const T& value) const = 0;

 private:
  std::optional<Result<T>> result_;
};

}  // namespace cryptobroker
