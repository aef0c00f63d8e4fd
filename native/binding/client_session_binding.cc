// The client's HTTP/2 session. Little is made in JavaScript here: what a session says goes into
// arrays of the caller, because a new Buffer for each answer costs more than all the rest.
#include <algorithm>
#include <cstring>
#include <memory>

#include "native/binding/exports.h"
#include "native/binding/handle.h"
#include "native/binding/js_error.h"
#include "native/binding/values.h"
#include "native/http2/client_session.h"

namespace cryptobroker {
namespace {

struct HeldSession {
  std::unique_ptr<ClientSession> session;
  // Outcomes that were handed over already.
  std::size_t taken = 0;

  void forget_taken() {
    if (taken == session->outcomes().size()) {
      session->outcomes().clear();
      taken = 0;
    }
  }
};

}  // namespace

template <>
struct HandleTag<HeldSession> {
  static constexpr napi_type_tag value = {0x6a5e0c1f42d94b87, 0xb21c7d53f8e94a06};
};

namespace {

constexpr std::int64_t kMaxPath = 256;
constexpr std::int64_t kMaxId = 0x7fffffff;
constexpr std::int64_t kMaxTimeout = 0x7fffffff;

// What a session's state is told as: CLIENT_STATE of src/addon/client-session.ts.
constexpr std::size_t kStateWords = 5;
// What comes before the payload of a record in the results.
constexpr std::size_t kRecordWords = 4;

struct StateView {
  std::uint8_t* bytes = nullptr;

  void update(const HeldSession& held) const {
    const ClientSession& session = *held.session;
    const std::uint32_t words[kStateWords] = {
        static_cast<std::uint32_t>(session.phase()), static_cast<std::uint32_t>(session.running()),
        session.may_start() ? 1u : 0u, session.has_output() ? 1u : 0u,
        static_cast<std::uint32_t>(held.session->outcomes().size() - held.taken)};
    std::memcpy(bytes, words, sizeof words);
  }
};

StateView read_state(ValueReader& reader, napi_value value) {
  return {reader.bytes(value, "state", kStateWords * sizeof(std::uint32_t)).data()};
}

// Puts outcomes into `results` as long as there is room, and returns how many.
std::uint32_t take_outcomes(HeldSession& held, MutableBytes results) {
  std::vector<ClientSession::Outcome>& outcomes = held.session->outcomes();
  std::uint32_t count = 0;
  std::size_t at = 0;
  while (held.taken < outcomes.size()) {
    const ClientSession::Outcome& outcome = outcomes[held.taken];
    // The next record begins at a whole word.
    const std::size_t size = (outcome.payload.size() + 3) / 4 * 4;
    const std::size_t record = kRecordWords * sizeof(std::uint32_t);
    const bool fits = results.size() - at >= record + size;
    // One that would not even fit alone is announced, and fetched by itself.
    const bool announced = !fits && at == 0;
    if (!fits && !announced) {
      break;
    }
    const std::uint32_t words[kRecordWords] = {
        static_cast<std::uint32_t>(outcome.id), static_cast<std::uint32_t>(outcome.kind),
        outcome.detail, static_cast<std::uint32_t>(outcome.payload.size())};
    std::memcpy(results.data() + at, words, sizeof words);
    ++count;
    if (announced) {
      return count;
    }
    std::copy(outcome.payload.begin(), outcome.payload.end(),
              results.begin() + static_cast<std::ptrdiff_t>(at + record));
    at += record + size;
    ++held.taken;
  }
  held.forget_taken();
  return count;
}

napi_value number(Napi::Env env, std::size_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

napi_value create(const Napi::CallbackInfo& info) {
  auto held = std::make_unique<HeldSession>();
  held->session = ClientSession::create();
  if (held->session == nullptr) {
    throw_error(info.Env(), {ErrorCode::INTERNAL, "no memory for a connection", {}});
    return info.Env().Undefined();
  }
  return make_handle(info.Env(), std::move(held));
}

napi_value start(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const std::string path = reader.text(info[1], "path", kMaxPath);
  const Bytes request = reader.bytes(info[2], "request");
  const auto timeout =
      static_cast<std::uint32_t>(reader.integer(info[3], "timeout", 0, kMaxTimeout));
  const StateView state = read_state(reader, info[4]);
  if (reader.failed()) {
    return reader.raise();
  }
  const std::int32_t id =
      held->session->may_start() ? held->session->start(path, request, timeout) : 0;
  state.update(*held);
  return number(info.Env(), static_cast<std::size_t>(id));
}

napi_value cancel(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const auto id = static_cast<std::int32_t>(reader.integer(info[1], "id", 0, kMaxId));
  const StateView state = read_state(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  held->session->cancel(id);
  state.update(*held);
  return info.Env().Undefined();
}

napi_value receive(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const Bytes bytes = reader.bytes(info[1], "bytes");
  const MutableBytes results = reader.bytes(info[2], "results");
  const StateView state = read_state(reader, info[3]);
  if (reader.failed()) {
    return reader.raise();
  }
  held->session->receive(bytes);
  const std::uint32_t count = take_outcomes(*held, results);
  state.update(*held);
  return number(info.Env(), count);
}

napi_value take(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const MutableBytes results = reader.bytes(info[1], "results");
  const StateView state = read_state(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  const std::uint32_t count = take_outcomes(*held, results);
  state.update(*held);
  return number(info.Env(), count);
}

// The payload of the outcome that was announced.
napi_value take_payload(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const MutableBytes payload = reader.bytes(info[1], "payload");
  const StateView state = read_state(reader, info[2]);
  if (!reader.failed() &&
      (held->taken >= held->session->outcomes().size() ||
       held->session->outcomes()[held->taken].payload.size() != payload.size())) {
    reader.fail("payload", "not the size of the next outcome");
  }
  if (reader.failed()) {
    return reader.raise();
  }
  const ClientSession::Outcome& outcome = held->session->outcomes()[held->taken];
  std::copy(outcome.payload.begin(), outcome.payload.end(), payload.begin());
  ++held->taken;
  held->forget_taken();
  state.update(*held);
  return info.Env().Undefined();
}

napi_value write(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const MutableBytes into = reader.bytes(info[1], "into");
  const StateView state = read_state(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  const std::size_t size = held->session->write(into);
  state.update(*held);
  return number(info.Env(), size);
}

napi_value retire(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const StateView state = read_state(reader, info[1]);
  if (reader.failed()) {
    return reader.raise();
  }
  held->session->retire();
  state.update(*held);
  return info.Env().Undefined();
}

napi_value lost(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  auto* const held = read_handle<HeldSession>(reader, info[0], "session");
  const StateView state = read_state(reader, info[1]);
  if (reader.failed()) {
    return reader.raise();
  }
  held->session->lost();
  state.update(*held);
  return info.Env().Undefined();
}

}  // namespace

void export_client_sessions(Napi::Object exports) {
  export_function<create>(exports, "clientSessionCreate");
  export_function<start>(exports, "clientSessionStart");
  export_function<cancel>(exports, "clientSessionCancel");
  export_function<receive>(exports, "clientSessionReceive");
  export_function<take>(exports, "clientSessionTake");
  export_function<take_payload>(exports, "clientSessionTakePayload");
  export_function<write>(exports, "clientSessionWrite");
  export_function<retire>(exports, "clientSessionRetire");
  export_function<lost>(exports, "clientSessionLost");
}

}  // namespace cryptobroker
