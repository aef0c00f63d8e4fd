#include "native/binding/data_plane_host.h"

#include <utility>

#include "native/binding/js_error.h"
#include "native/binding/to_js.h"

namespace cryptobroker {

napi_value DataPlaneHost::open(Napi::Env env, DataPlane::Options options, napi_value on_work) {
  auto host = std::make_unique<DataPlaneHost>();
  DataPlaneHost& self = *host;
  if (const Status opened = self.open_channel(env, on_work); !opened) {
    throw_error(env, opened.error());
    return env.Undefined();
  }
  options.wake = [&self] { self.wake(); };
  auto plane = DataPlane::start(std::move(options));
  if (!plane) {
    napi_release_threadsafe_function(self.wake_, napi_tsfn_abort);
    throw_error(env, plane.error());
    return env.Undefined();
  }
  self.plane_ = std::move(plane).value();
  // Hooks run in reverse order: ours before the one by which Node closes the thread-safe function,
  // and before the environment lets go of the pool.
  napi_add_env_cleanup_hook(env, on_environment_end, &self);
  const napi_value handle = make_handle(env, std::move(host));
  napi_create_reference(env, handle, 1, &self.self_);
  return handle;
}

Status DataPlaneHost::open_channel(Napi::Env env, napi_value on_work) {
  const Napi::String name = Napi::String::New(env, "crypto-broker data plane");
  if (napi_create_threadsafe_function(env, on_work, nullptr, name, /*max_queue_size=*/0,
                                      /*initial_thread_count=*/1, nullptr, nullptr, this, on_wake,
                                      &wake_) != napi_ok) {
    return internal_error("opening the way back to JavaScript");
  }
  return Done{};
}

void DataPlaneHost::wake() {
  if (!wake_out_.exchange(true)) {
    napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  }
}

void DataPlaneHost::on_wake(napi_env env, napi_value on_work, void* self, void*) {
  // Without an environment Node is only emptying its queue at the end, and the host may be gone.
  if (env == nullptr) {
    return;
  }
  auto& host = *static_cast<DataPlaneHost*>(self);
  host.wake_out_ = false;
  host.settle_drain(env);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  if (napi_call_function(env, undefined, on_work, 0, nullptr, nullptr) == napi_pending_exception) {
    // Node would only warn of it.
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
}

napi_value DataPlaneHost::drain(Napi::Env env, std::chrono::milliseconds limit) {
  const PromiseEnd promise = PromiseEnd::make(env);
  if (std::exchange(drain_begun_, true)) {
    promise.reject(env, {ErrorCode::INTERNAL, "the data plane is being drained already", {}});
    return promise.value;
  }
  drain_ = promise;
  plane_->server().drain(limit, [this](std::size_t cut_off) {
    {
      const std::lock_guard lock(mutex_);
      cut_off_ = cut_off;
    }
    wake();
  });
  return promise.value;
}

void DataPlaneHost::settle_drain(Napi::Env env) {
  const std::lock_guard lock(mutex_);
  if (drain_ && cut_off_) {
    drain_->resolve(env, to_js_number(env, static_cast<double>(*cut_off_)));
    drain_.reset();
  }
}

void DataPlaneHost::close(Napi::Env env) {
  if (plane_ == nullptr) {
    return;
  }
  const std::size_t running = plane_->server().stats().running_calls;
  end_plane();
  napi_remove_env_cleanup_hook(env, on_environment_end, this);
  napi_delete_reference(env, self_);
  {
    const std::lock_guard lock(mutex_);
    // What a drain was waiting for is cut off now.
    cut_off_ = cut_off_.value_or(running);
  }
  settle_drain(env);
}

void DataPlaneHost::on_environment_end(void* self) {
  static_cast<DataPlaneHost*>(self)->end_plane();
}

void DataPlaneHost::end_plane() {
  plane_.reset();
  napi_release_threadsafe_function(wake_, napi_tsfn_abort);
}

}  // namespace cryptobroker
