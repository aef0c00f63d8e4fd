#include "native/binding/data_plane_results.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "native/binding/to_js.h"
#include "native/http2/wipe.h"

namespace cryptobroker {
namespace {

// Below it a copy costs less than what JavaScript's garbage collector has to do for foreign memory.
constexpr std::size_t kCopiedMessage = 64 * 1024;

// A request message that lives as long as JavaScript has its bytes.
struct LentMessage {
  std::vector<std::uint8_t> bytes;
  bool secret = false;
  ~LentMessage() {
    if (secret) {
      wipe(bytes);
    }
  }
};

napi_value lend(Napi::Env env, std::unique_ptr<LentMessage> message) {
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  const auto give_back = [](napi_env, void*, void* lent) {
    delete static_cast<LentMessage*>(lent);
  };
  const std::size_t length = message->bytes.size();
  if (napi_create_external_arraybuffer(env, message->bytes.data(), length, give_back, message.get(),
                                       &buffer) != napi_ok) {
    return to_js_bytes(env, message->bytes);
  }
  (void)message.release();
  napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array);
  return array;
}

napi_value message_to_js(Napi::Env env, std::vector<std::uint8_t> bytes, bool secret) {
  auto message = std::make_unique<LentMessage>(std::move(bytes), secret);
  return message->bytes.size() < kCopiedMessage ? to_js_bytes(env, message->bytes)
                                                : lend(env, std::move(message));
}

Napi::String to_js_text(Napi::Env env, std::string_view text) {
  return Napi::String::New(env, text.data(), text.size());
}

// A text whose octets are one character each, whatever they are.
napi_value to_js_octets(Napi::Env env, std::string_view text) {
  napi_value value = nullptr;
  napi_create_string_latin1(env, text.data(), text.size(), &value);
  return value;
}

Napi::Number to_js(Napi::Env env, std::uint64_t number) {
  return Napi::Number::New(env, static_cast<double>(number));
}

}  // namespace

napi_value events_to_js(Napi::Env env, const DataPlane& plane, std::vector<ScriptEvent> events) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, events.size() * 7, &array);
  std::uint32_t index = 0;
  for (ScriptEvent& event : events) {
    const Napi::HandleScope scope(env);
    const auto add = [&](napi_value value) { napi_set_element(env, array, index++, value); };
    add(to_js_number(env, static_cast<double>(event.kind)));
    add(to_js_number(env, static_cast<double>(event.token)));
    add(to_js_number(env, event.method));
    add(to_js_number(env, static_cast<double>(event.deadline_unix_ms)));
    add(event.kind == ScriptEvent::Kind::kRequest
            ? message_to_js(env, std::move(event.message), plane.secret(event.method))
            : static_cast<napi_value>(env.Undefined()));
    add(to_js_octets(env, event.trace_parent));
    add(to_js_octets(env, event.trace_state));
  }
  return array;
}

napi_value incidents_to_js(Napi::Env env, const DataPlane& plane,
                           const std::vector<Incident>& incidents) {
  const Napi::Array array = Napi::Array::New(env, incidents.size());
  for (std::uint32_t i = 0; i < incidents.size(); ++i) {
    const CallRecord& record = incidents[i].record;
    const Napi::Object object = Napi::Object::New(env);
    object.Set("path", to_js_text(env, plane.path(record.method)));
    object.Set("incident", to_js_text(env, record.incident.view()));
    object.Set("cause", to_js_text(env, incidents[i].cause));
    object.Set("coreFault", record.core_fault);
    array.Set(i, object);
  }
  return array;
}

napi_value counters_to_js(Napi::Env env, const DataPlane& plane,
                          const std::vector<CallCounter>& counters) {
  const Napi::Array array = Napi::Array::New(env, counters.size());
  for (std::uint32_t i = 0; i < counters.size(); ++i) {
    const CallCounter& counter = counters[i];
    const Napi::Object object = Napi::Object::New(env);
    object.Set("path", to_js_text(env, plane.path(counter.method)));
    object.Set("status", static_cast<double>(counter.status));
    object.Set("calls", to_js(env, counter.calls));
    object.Set("requestBytes", to_js(env, counter.request_bytes));
    object.Set("durationNs", to_js(env, counter.duration_ns));
    const Napi::Array durations = Napi::Array::New(env, counter.durations.size());
    for (std::uint32_t j = 0; j < counter.durations.size(); ++j) {
      durations.Set(j, to_js(env, counter.durations[j]));
    }
    object.Set("durations", durations);
    // Not an object: a profile may have any name.
    const Napi::Array profiles = Napi::Array::New(env, 2 * counter.profiles.size());
    for (std::uint32_t j = 0; j < counter.profiles.size(); ++j) {
      profiles.Set(2 * j, to_js_text(env, plane.profile(counter.profiles[j].profile)));
      profiles.Set(2 * j + 1, to_js(env, counter.profiles[j].calls));
    }
    object.Set("profiles", profiles);
    array.Set(i, object);
  }
  return array;
}

napi_value spans_to_js(Napi::Env env, const DataPlane& plane,
                       const std::vector<SpanRecord>& spans) {
  static const TraceParent kNoParent;
  napi_value array = nullptr;
  napi_create_array_with_length(env, spans.size() * (11 + kSpanSizes), &array);
  std::uint32_t index = 0;
  for (const auto& [call, facts] : spans) {
    const Napi::HandleScope scope(env);
    const auto add = [&](napi_value value) { napi_set_element(env, array, index++, value); };
    const auto add_number = [&](auto number) {
      add(to_js_number(env, static_cast<double>(number)));
    };
    const TraceParent& parent = facts.parent ? *facts.parent : kNoParent;
    add(to_js_octets(env, call.method == CallRecord::kUnknownMethod ? call.path.view()
                                                                    : plane.path(call.method)));
    add_number(call.status);
    add_number(call.finished_unix_us);
    add_number(call.duration_ns);
    add(to_js_octets(env, call.profile.view()));
    add(to_js_octets(env, call.correlation_id.view()));
    add(to_js_octets(env, facts.parent ? parent.trace() : std::string_view()));
    add(to_js_octets(env, facts.parent ? parent.span() : std::string_view()));
    add_number(parent.flags);
    add(to_js_octets(env, parent.state));
    add(to_js_octets(env, facts.hash_algorithm));
    for (const std::int64_t size : facts.sizes) {
      add_number(size);
    }
  }
  return array;
}

napi_value texts_to_js(Napi::Env env, const std::vector<std::string>& texts) {
  const Napi::Array array = Napi::Array::New(env, texts.size());
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    array.Set(i, to_js_text(env, texts[i]));
  }
  return array;
}

}  // namespace cryptobroker
