// The data plane: a server on threads of its own, started, fed and emptied from JavaScript.
#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>

#include "native/binding/core_access.h"
#include "native/binding/data_plane_arguments.h"
#include "native/binding/data_plane_host.h"
#include "native/binding/data_plane_results.h"
#include "native/binding/exports.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/dataplane/unix_socket.h"

namespace cryptobroker {
namespace {

constexpr std::int64_t kMaxDescriptor = 0x7fffffff;
constexpr std::int64_t kMaxBacklog = 65535;
constexpr std::int64_t kMaxDrainMs = 24 * 3600 * 1000;
constexpr std::int64_t kMaxLineBytes = 64 * 1024 * 1024;

// The plane behind the first argument; nullptr, and a failed reader, when there is none any longer.
DataPlane* open_plane(ValueReader& reader, const Napi::CallbackInfo& info) {
  const DataPlaneHost* host = read_handle<DataPlaneHost>(reader, info[0], "plane");
  if (host == nullptr) {
    return nullptr;
  }
  if (host->plane() == nullptr) {
    reader.fail({ErrorCode::INTERNAL, "the data plane is closed", {}});
  }
  return host->plane();
}

napi_value start(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  ProcessCore* core = attached_core(reader);
  const napi_value object = reader.object(info[0], "options");
  DataPlane::Options options = read_data_plane_options(reader, object);
  const napi_value on_work = read_function(reader, reader.property(object, "onWork"), "onWork");
  if (reader.failed()) {
    return reader.raise();
  }
  options.broker.context = &core->context();
  options.broker.ca_cache = core->ca_cache();
  options.broker.now = [] { return static_cast<std::int64_t>(std::time(nullptr)); };
  options.pool = &core->pool();
  return DataPlaneHost::open(info.Env(), std::move(options), on_work);
}

napi_value install_policies(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto policies = read_policies(reader, info[1]);
  // Last, for a getter of a policy might have closed it.
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  plane->broker().install_policies(std::move(policies));
  return info.Env().Undefined();
}

napi_value set_serving(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const bool serving = reader.boolean(info[1], "serving");
  if (reader.failed()) {
    return reader.raise();
  }
  plane->broker().set_serving(serving ? ServingState::kServing : ServingState::kNotServing);
  return info.Env().Undefined();
}

// An Error whose code is the name of the errno, as Node's own have it.
void throw_system_error(Napi::Env env, int number) {
  const char* name = strerrorname_np(number);
  const std::string code = name == nullptr ? "UNKNOWN" : name;
  const Napi::Error error = Napi::Error::New(env, "the socket cannot be opened: " + code);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

napi_value listen_at(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const std::string path = reader.path(info[0], "path");
  const auto backlog = static_cast<int>(reader.integer(info[1], "backlog", 1, kMaxBacklog));
  if (reader.failed()) {
    return reader.raise();
  }
  const int descriptor = listen_unix(path, backlog);
  if (descriptor < 0) {
    throw_system_error(info.Env(), -descriptor);
    return info.Env().Undefined();
  }
  return to_js_number(info.Env(), descriptor);
}

// A descriptor that is what it should be: a wrong number must not hit another file of the process.
int read_listening_socket(ValueReader& reader, napi_value value) {
  const auto descriptor = static_cast<int>(reader.integer(value, "descriptor", 0, kMaxDescriptor));
  if (!reader.failed() && !is_listening_unix_socket(descriptor)) {
    reader.fail("descriptor", "not a listening Unix stream socket");
  }
  return descriptor;
}

napi_value take_over(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const int descriptor = read_listening_socket(reader, info[1]);
  if (reader.failed()) {
    return reader.raise();
  }
  if (!make_private(descriptor)) {
    throw_error(info.Env(), internal_error("preparing the socket"));
    return info.Env().Undefined();
  }
  if (const Status listening = plane->server().listen(descriptor); !listening) {
    throw_error(info.Env(), listening.error());
    return info.Env().Undefined();
  }
  // The start is over. What the self tests and the profiles took and gave back, the system may
  // have: a server that nobody asks keeps 4 MiB less.
  malloc_trim(0);
  return info.Env().Undefined();
}

napi_value close_descriptor(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const int descriptor = read_listening_socket(reader, info[0]);
  if (reader.failed()) {
    return reader.raise();
  }
  ::close(descriptor);
  return info.Env().Undefined();
}

napi_value stop_listening(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  plane->server().stop_listening();
  return info.Env().Undefined();
}

napi_value take_events(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  return events_to_js(info.Env(), *plane, plane->take_events());
}

napi_value answer(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const CallToken token = read_token(reader, info[1]);
  Answer response = read_response(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  plane->server().answer(token, std::move(response));
  return info.Env().Undefined();
}

napi_value send(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const CallToken token = read_token(reader, info[1]);
  Answer response = read_response(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  return Napi::Boolean::New(info.Env(), plane->server().send(token, std::move(response.framed)));
}

napi_value end(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const CallToken token = read_token(reader, info[1]);
  if (reader.failed()) {
    return reader.raise();
  }
  plane->server().answer(token, Answer{});
  return info.Env().Undefined();
}

napi_value fail(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const CallToken token = read_token(reader, info[1]);
  Answer failed;
  failed.failure = read_failure(reader, info[2], info[3], info[4], info[5]);
  if (reader.failed()) {
    return reader.raise();
  }
  plane->server().answer(token, std::move(failed));
  return info.Env().Undefined();
}

napi_value take_lines(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  const std::int64_t limit =
      reader.integer(info[1], "maxBytes", DataPlane::kLongestLine, kMaxLineBytes);
  if (reader.failed()) {
    return reader.raise();
  }
  const std::string lines = plane->take_lines(static_cast<std::size_t>(limit));
  // Lines are ASCII, and so need not be decoded.
  napi_value text = nullptr;
  napi_create_string_latin1(info.Env(), lines.data(), lines.size(), &text);
  return text;
}

napi_value take_incidents(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  return incidents_to_js(info.Env(), *plane, plane->take_incidents());
}

napi_value take_spans(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  return spans_to_js(info.Env(), *plane, plane->take_spans());
}

napi_value take_faults(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  return texts_to_js(info.Env(), plane->take_faults());
}

napi_value stats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ValueReader reader(env);
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  const Http2Stats now = plane->server().stats();
  const Napi::Object object = Napi::Object::New(env);
  object.Set("connections", static_cast<double>(now.connections));
  object.Set("runningCalls", static_cast<double>(now.running_calls));
  object.Set("finishedCalls", static_cast<double>(now.finished_calls));
  object.Set("lostRecords", static_cast<double>(plane->lost_records()));
  return object;
}

napi_value counters(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlane* plane = open_plane(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  return counters_to_js(info.Env(), *plane, plane->counters());
}

napi_value drain(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlaneHost* host = read_handle<DataPlaneHost>(reader, info[0], "plane");
  (void)open_plane(reader, info);
  const std::chrono::milliseconds limit(reader.integer(info[1], "milliseconds", 0, kMaxDrainMs));
  if (reader.failed()) {
    return reader.raise();
  }
  return host->drain(info.Env(), limit);
}

napi_value close(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  DataPlaneHost* host = read_handle<DataPlaneHost>(reader, info[0], "plane");
  if (reader.failed()) {
    return reader.raise();
  }
  host->close(info.Env());
  return info.Env().Undefined();
}

}  // namespace

void export_data_plane(Napi::Object exports) {
  export_function<start>(exports, "dataPlaneStart");
  export_function<install_policies>(exports, "dataPlaneInstallPolicies");
  export_function<set_serving>(exports, "dataPlaneSetServing");
  export_function<listen_at>(exports, "listenUnix");
  export_function<take_over>(exports, "dataPlaneListen");
  export_function<close_descriptor>(exports, "closeDescriptor");
  export_function<stop_listening>(exports, "dataPlaneStopListening");
  export_function<take_events>(exports, "dataPlaneTakeEvents");
  export_function<answer>(exports, "dataPlaneAnswer");
  export_function<send>(exports, "dataPlaneSend");
  export_function<end>(exports, "dataPlaneEnd");
  export_function<fail>(exports, "dataPlaneFail");
  export_function<take_lines>(exports, "dataPlaneTakeLines");
  export_function<take_incidents>(exports, "dataPlaneTakeIncidents");
  export_function<take_spans>(exports, "dataPlaneTakeSpans");
  export_function<take_faults>(exports, "dataPlaneTakeFaults");
  export_function<stats>(exports, "dataPlaneStats");
  export_function<counters>(exports, "dataPlaneCounters");
  export_function<drain>(exports, "dataPlaneDrain");
  export_function<close>(exports, "dataPlaneClose");
}

}  // namespace cryptobroker
