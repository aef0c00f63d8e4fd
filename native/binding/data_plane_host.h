// A data plane as one JavaScript environment holds it: what wakes the script, and the way to its
// end.
#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include "native/binding/handle.h"
#include "native/binding/promise_job.h"
#include "native/binding/values.h"
#include "native/crypto/errors.h"
#include "native/dataplane/data_plane.h"

namespace cryptobroker {

class DataPlaneHost {
 public:
  // Starts a data plane with these options (but for `wake`) and returns its handle, or throws. From
  // then until close() it keeps the event loop alive, as a listening socket does. `on_work` is
  // called without arguments. attach() of the environment was called.
  static napi_value open(Napi::Env env, DataPlane::Options options, napi_value on_work);

  DataPlaneHost() = default;
  DataPlaneHost(const DataPlaneHost&) = delete;
  DataPlaneHost& operator=(const DataPlaneHost&) = delete;

  // nullptr after close().
  DataPlane* plane() const { return plane_.get(); }
  // A promise of the number of calls cut off. Once.
  napi_value drain(Napi::Env env, std::chrono::milliseconds limit);
  // Joins the threads. Twice is harmless.
  void close(Napi::Env env);

 private:
  Status open_channel(Napi::Env env, napi_value on_work);
  // From any thread.
  void wake();
  static void on_wake(napi_env env, napi_value on_work, void* self, void* data);
  static void on_environment_end(void* self);
  // Ends the plane, and with it every thread that could call wake().
  void end_plane();
  void settle_drain(Napi::Env env);

  std::unique_ptr<DataPlane> plane_;
  napi_threadsafe_function wake_ = nullptr;
  // A wake-up is on its way to the script: one serves all that comes until it arrives.
  std::atomic<bool> wake_out_ = false;
  // Keeps the handle while the plane is open: it serves whether or not the script remembers it.
  napi_ref self_ = nullptr;

  bool drain_begun_ = false;
  std::optional<PromiseEnd> drain_;
  std::mutex mutex_;
  std::optional<std::size_t> cut_off_;  // guarded by mutex_
};

template <>
struct HandleTag<DataPlaneHost> {
  static constexpr napi_type_tag value{0xc41d7a90e5b34f26, 0x8e3b60d1f7c2954a};
};

}  // namespace cryptobroker
