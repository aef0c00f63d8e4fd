// Start, report, hardening, and the names by which both sides check each other.
#include <string>
#include <string_view>

#include "native/binding/core_access.h"
#include "native/binding/environment.h"
#include "native/binding/exports.h"
#include "native/binding/js_error.h"
#include "native/binding/values.h"
#include "native/crypto/digest.h"
#include "native/crypto/errors.h"
#include "native/crypto/library_context.h"
#include "native/crypto/process_end.h"
#include "native/crypto/process_hardening.h"

namespace cryptobroker {
namespace {

// Linux's PATH_MAX.
constexpr std::size_t kPathLimit = 4096;
constexpr std::size_t kShortText = 128;
constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kLongestDelay = 60'000;

FipsMode read_fips_mode(ValueReader& reader, napi_value object) {
  const std::string mode = reader.text(reader.property(object, "fips"), "fips", kShortText);
  if (mode != "required" && mode != "off") {
    reader.fail("fips", "neither required nor off");
  }
  return mode == "off" ? FipsMode::kOff : FipsMode::kRequired;
}

CoreSettings read_settings(ValueReader& reader, napi_value object) {
  const auto text = [&](const char* name, std::size_t limit) {
    return reader.text(reader.property(object, name), name, limit);
  };
  const auto count = [&](const char* name, std::int64_t min, std::int64_t max) {
    return static_cast<std::size_t>(reader.integer(reader.property(object, name), name, min, max));
  };
  CoreSettings settings;
  settings.context.fips = read_fips_mode(reader, object);
  if (settings.context.fips == FipsMode::kRequired) {
    settings.context.module_directory = text("moduleDirectory", kPathLimit);
    settings.context.module_sha256 = text("moduleSha256", kShortText);
    settings.context.module_mac = text("moduleMac", kShortText);
  }
  settings.context.require_locked_memory =
      reader.boolean(reader.property(object, "requireLockedMemory"), "requireLockedMemory");
  settings.pool_threads = count("poolThreads", 1, 64);
  settings.pool_queue = count("poolQueue", 1, 65536);
  settings.ca_cache_entries = count("caCacheEntries", 0, 64);
  settings.ca_cache_lifetime = std::chrono::seconds(count("caCacheSeconds", 0, kSecondsPerDay));
  return settings;
}

napi_value initialize(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const CoreSettings settings = read_settings(reader, reader.object(info[0], "options"));
  if (reader.failed()) {
    return reader.raise();
  }
  if (const Status attached = Environment::of(info.Env()).attach(info.Env(), settings); !attached) {
    throw_error(info.Env(), attached.error());
  }
  return info.Env().Undefined();
}

Napi::Array self_tests_to_js(Napi::Env env, const std::vector<SelfTest>& tests) {
  const Napi::Array array = Napi::Array::New(env, tests.size());
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const Napi::Object test = Napi::Object::New(env);
    test.Set("type", tests[i].type);
    test.Set("name", tests[i].name);
    test.Set("passed", tests[i].passed);
    array.Set(static_cast<std::uint32_t>(i), test);
  }
  return array;
}

napi_value report(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ValueReader reader(env);
  const LibraryContext* context = started_context(reader);
  if (reader.failed()) {
    return reader.raise();
  }
  const ContextReport& facts = context->report();
  const Napi::Object object = Napi::Object::New(env);
  object.Set("fips", facts.fips == FipsMode::kRequired ? "required" : "off");
  object.Set("libraryVersion", facts.library_version);
  object.Set("libraryBuild", facts.library_build);
  object.Set("providerName", facts.provider_name);
  object.Set("providerVersion", facts.provider_version);
  object.Set("providerBuildInfo", facts.provider_build_info);
  object.Set("modulePath", facts.module_path);
  object.Set("moduleSha256", facts.module_sha256);
  object.Set("selfTests", self_tests_to_js(env, facts.self_tests));
  object.Set("secureHeap", facts.secure_heap);
  object.Set("memoryLocked", facts.memory_locked);
  object.Set("dumpable", process_is_dumpable());
  return object;
}

napi_value harden(const Napi::CallbackInfo& info) {
  if (const Status hardened = harden_process(); !hardened) {
    throw_error(info.Env(), hardened.error());
  }
  return info.Env().Undefined();
}

napi_value end_process(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const std::int64_t delay = reader.integer(info[0], "delay", 0, kLongestDelay);
  const std::int64_t code = reader.integer(info[1], "exit code", 0, 255);
  if (reader.failed()) {
    return reader.raise();
  }
  const Status started =
      end_process_after(std::chrono::milliseconds(delay), static_cast<int>(code));
  if (!started) {
    throw_error(info.Env(), started.error());
  }
  return info.Env().Undefined();
}

napi_value error_codes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Array names = Napi::Array::New(env);
  std::uint32_t count = 0;
#define CRYPTOBROKER_ERROR_TO_JS(name) names.Set(count++, #name);
  CRYPTOBROKER_ERROR_CODES(CRYPTOBROKER_ERROR_TO_JS)
#undef CRYPTOBROKER_ERROR_TO_JS
  return names;
}

napi_value digest_names(const Napi::CallbackInfo& info) {
  const Napi::Array names = Napi::Array::New(info.Env());
  for (std::size_t i = 0; i < kDigestCount; ++i) {
    names.Set(static_cast<std::uint32_t>(i), kDigests[i].name);
  }
  return names;
}

napi_value pool_stats(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  ProcessCore* core = attached_core(reader);
  if (reader.failed()) {
    return reader.raise();
  }
  const WorkerPool::Stats stats = core->pool().stats();
  const Napi::Object object = Napi::Object::New(info.Env());
  object.Set("threads", static_cast<double>(stats.threads));
  object.Set("running", static_cast<double>(stats.running));
  object.Set("queued", static_cast<double>(stats.queued));
  object.Set("capacity", static_cast<double>(stats.capacity));
  return object;
}

napi_value provider_running(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  if (attached_core(reader) == nullptr) {
    return reader.raise();
  }
  const LibraryContext* context = LibraryContext::get();
  return Napi::Boolean::New(info.Env(), context != nullptr && context->provider_running());
}

}  // namespace

void export_core(Napi::Object exports) {
  export_function<initialize>(exports, "initialize");
  export_function<report>(exports, "report");
  export_function<harden>(exports, "hardenProcess");
  export_function<end_process>(exports, "endProcessAfter");
  export_function<error_codes>(exports, "errorCodes");
  export_function<digest_names>(exports, "digestNames");
  export_function<pool_stats>(exports, "poolStats");
  export_function<provider_running>(exports, "providerRunning");
}

}  // namespace cryptobroker
