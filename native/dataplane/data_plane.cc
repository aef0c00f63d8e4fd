#include "native/dataplane/data_plane.h"

#include <algorithm>
#include <utility>

#include "native/dataplane/call_log.h"
#include "native/dataplane/native_calls.h"
#include "native/dataplane/script_calls.h"

namespace cryptobroker {

// Later members use earlier ones, and end before them.
struct DataPlane::State {
  State(BrokerService::Options broker_options, ScriptCalls::Options script_options)
      : broker(std::move(broker_options)), script(std::move(script_options)) {}
  ~State() {
    // Late answers go to the server, so the pool lets go of the calls first.
    if (native != nullptr) {
      native->close();
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  BrokerService broker;
  ScriptCalls script;
  std::unique_ptr<CallLog> log;
  std::unique_ptr<NativeCalls> native;
  std::unique_ptr<Http2Server> server;
};

namespace {

// The native methods that the script does not serve in their place.
std::vector<const NativeMethod*> methods_left(const BrokerService& broker,
                                              const std::vector<DataPlane::ScriptMethod>& script) {
  std::vector<const NativeMethod*> left;
  for (const auto& method : broker.methods()) {
    const auto same_path = [&](const auto& one) { return one.path == method->path(); };
    if (std::none_of(script.begin(), script.end(), same_path)) {
      left.push_back(method.get());
    }
  }
  return left;
}

}  // namespace

DataPlane::DataPlane(std::unique_ptr<State> state) : state_(std::move(state)) {}
DataPlane::~DataPlane() = default;

Result<std::unique_ptr<DataPlane>> DataPlane::start(Options options) {
  ScriptCalls::Options script_options;
  script_options.methods = std::move(options.script_methods);
  script_options.wake = options.wake;
  auto state = std::make_unique<State>(std::move(options.broker), std::move(script_options));

  // The script's methods come first, so that one index serves the script and the server.
  Http2Server::Options server_options;
  for (const ScriptMethod& method : state->script.methods()) {
    server_options.methods.push_back({method.path, method.kind, method.secret, &state->script});
  }
  NativeCalls::Options native_options;
  native_options.first = static_cast<std::uint16_t>(state->script.methods().size());
  native_options.methods = methods_left(state->broker, state->script.methods());
  native_options.pool = options.pool;
  state->native = std::make_unique<NativeCalls>(native_options);
  for (const NativeMethod* method : native_options.methods) {
    server_options.methods.push_back(
        {std::string(method->path()), MethodKind::kUnary, method->secret(), state->native.get()});
  }

  CallLog::Options log_options;
  for (const Http2Method& method : server_options.methods) {
    log_options.paths.push_back(method.path);
  }
  log_options.script_methods = state->script.methods().size();
  log_options.log_calls = options.log_calls;
  log_options.service = std::move(options.service);
  log_options.spans = options.spans;
  log_options.wake = std::move(options.wake);
  auto log = CallLog::start(std::move(log_options));
  if (!log) {
    return log.error();
  }
  state->log = std::move(log).value();

  server_options.limits = options.limits;
  server_options.threads = options.threads;
  server_options.traced = options.spans.has_value();
  server_options.observer = state->log.get();
  auto server = Http2Server::start(std::move(server_options));
  if (!server) {
    return server.error();
  }
  state->server = std::move(server).value();
  state->native->answer_to([server = state->server.get()](CallToken token, Answer answer) {
    server->answer(token, std::move(answer));
  });
  return std::unique_ptr<DataPlane>(new DataPlane(std::move(state)));
}

BrokerService& DataPlane::broker() { return state_->broker; }
Http2Server& DataPlane::server() { return *state_->server; }
std::string_view DataPlane::path(std::uint16_t method) const { return state_->log->path(method); }
std::string DataPlane::profile(std::uint16_t number) const {
  return state_->broker.profile_name(number);
}
bool DataPlane::secret(std::uint16_t script_method) const {
  return state_->script.methods()[script_method].secret;
}

std::vector<ScriptEvent> DataPlane::take_events() { return state_->script.take_events(); }
std::string DataPlane::take_lines(std::size_t max_bytes) {
  return state_->log->take_lines(max_bytes);
}
std::vector<SpanRecord> DataPlane::take_spans() { return state_->log->take_spans(); }
std::vector<Incident> DataPlane::take_incidents() { return state_->log->take_incidents(); }
std::vector<std::string> DataPlane::take_faults() { return state_->log->take_faults(); }
std::uint64_t DataPlane::lost_records() const { return state_->log->lost_records(); }
std::vector<CallCounter> DataPlane::counters() const { return state_->log->counters(); }

}  // namespace cryptobroker
