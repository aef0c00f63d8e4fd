#include "native/binding/data_plane_arguments.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "native/binding/certificate_arguments.h"
#include "native/binding/digest_arguments.h"

namespace cryptobroker {
namespace {

// What the tables of this program could ever need.
constexpr std::size_t kMaxMethods = 256;
constexpr std::size_t kMaxServices = 64;
constexpr std::size_t kMaxPolicies = 65536;
constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxDeprecationText = 4096;
constexpr std::size_t kMaxDetails = 1024;
constexpr std::size_t kMaxIncident = 36;
constexpr std::size_t kMaxCode = 64;
constexpr std::size_t kMaxCodes = 512;
constexpr std::int64_t kMaxThreshold = std::int64_t{1} << 32;

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

napi_value property(ValueReader& reader, napi_value object, const char* name) {
  return reader.property(object, name);
}

std::size_t count(ValueReader& reader, napi_value object, const char* name, std::int64_t max) {
  return static_cast<std::size_t>(reader.integer(property(reader, object, name), name, 1, max));
}

bool is_undefined(ValueReader& reader, napi_value value) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(reader.env(), value, &type) == napi_ok && type == napi_undefined;
}

// Text that goes into headers and logs.
std::string printable_text(ValueReader& reader, napi_value value, const char* name,
                           std::size_t limit) {
  std::string text = reader.text(value, name, limit);
  if (!is_printable(text)) {
    reader.fail(name, "not printable ASCII");
  }
  return text;
}

DataPlane::ScriptMethod read_method(ValueReader& reader, napi_value value) {
  const napi_value object = reader.object(value, "methods");
  DataPlane::ScriptMethod method;
  method.path = printable_text(reader, property(reader, object, "path"), "path", kMaxName);
  if (!method.path.starts_with('/')) {
    reader.fail("path", "does not begin with /");
  }
  const napi_value kind = property(reader, object, "kind");
  method.kind = static_cast<MethodKind>(reader.integer(kind, "kind", 0, 2));
  method.secret = reader.boolean(property(reader, object, "secret"), "secret");
  return method;
}

Deprecation read_deprecation(ValueReader& reader, napi_value object) {
  const auto text = [&](const char* name) {
    return reader.optional_text(property(reader, object, name), name, kMaxDeprecationText);
  };
  return {text("replacedBy"), text("deprecatedSince"), text("removeAfter"), text("reason")};
}

HashDataPolicy read_hash_data(ValueReader& reader, napi_value object) {
  HashDataPolicy policy;
  policy.digest = read_digest(reader, property(reader, object, "digest"));
  policy.algorithm = reader.text(property(reader, object, "algorithm"), "algorithm", kMaxName);
  policy.async_above = static_cast<std::size_t>(
      reader.integer(property(reader, object, "asyncAbove"), "asyncAbove", 0, kMaxSafeInteger));
  return policy;
}

SignCertificatePolicy read_sign_certificate(ValueReader& reader, napi_value object) {
  SignCertificatePolicy policy;
  policy.certificate = read_policy_handle(reader, property(reader, object, "policy"));
  policy.algorithm = reader.text(property(reader, object, "algorithm"), "algorithm", kMaxName);
  return policy;
}

SpanSampling read_sampling(ValueReader& reader, napi_value object) {
  SpanSampling sampling;
  sampling.by_parent = reader.boolean(property(reader, object, "byParent"), "byParent");
  sampling.threshold = static_cast<std::uint64_t>(
      reader.integer(property(reader, object, "threshold"), "threshold", 0, kMaxThreshold));
  return sampling;
}

ProfilePolicy read_profile(ValueReader& reader, napi_value value) {
  const napi_value object = reader.object(value, "policies");
  ProfilePolicy profile;
  profile.name = reader.text(property(reader, object, "name"), "name", kMaxName);
  const auto part = [&](const char* name, auto read, auto& target) {
    const napi_value given = property(reader, object, name);
    if (!reader.failed() && !is_undefined(reader, given)) {
      target = read(reader, reader.object(given, name));
    }
  };
  part("hashData", read_hash_data, profile.hash_data);
  part("signCertificate", read_sign_certificate, profile.sign_certificate);
  part("deprecation", read_deprecation, profile.deprecation);
  return profile;
}

// Codes live as long as the program in the core; so must those that come from JavaScript. There are
// as many as src/errors/codes.ts has rows.
std::string_view kept_code(ValueReader& reader, const std::string& code) {
  struct Kept {
    std::mutex mutex;
    std::set<std::string, std::less<>> codes;
  };
  // Never destroyed: at process.exit() threads that hold such texts are still running.
  static Kept* const kept = new Kept();
  const std::lock_guard lock(kept->mutex);
  const auto found = kept->codes.find(code);
  if (found != kept->codes.end()) {
    return *found;
  }
  if (kept->codes.size() >= kMaxCodes) {
    reader.fail("code", "not one of the stable codes");
    return {};
  }
  return *kept->codes.insert(code).first;
}

std::string_view read_code(ValueReader& reader, napi_value value) {
  const std::string code = reader.text(value, "code", kMaxCode);
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!std::all_of(code.begin(), code.end(), fits)) {
    reader.fail("code", "not a stable code");
  }
  return reader.failed() || code.empty() ? std::string_view() : kept_code(reader, code);
}

}  // namespace

DataPlane::Options read_data_plane_options(ValueReader& reader, napi_value object) {
  DataPlane::Options options;
  for (const napi_value method :
       reader.array(property(reader, object, "methods"), "methods", kMaxMethods)) {
    options.script_methods.push_back(read_method(reader, method));
  }
  for (const napi_value service :
       reader.array(property(reader, object, "services"), "services", kMaxServices)) {
    options.broker.services.push_back(reader.text(service, "services", kMaxName));
  }
  options.limits.max_concurrent_streams = count(reader, object, "maxConcurrentStreams", 0xffffffff);
  options.limits.max_connections = count(reader, object, "maxConnections", 65536);
  options.threads = count(reader, object, "threads", 2);
  options.log_calls = reader.boolean(property(reader, object, "logCalls"), "logCalls");
  options.service =
      printable_text(reader, property(reader, object, "service"), "service", kMaxName);
  const napi_value spans = property(reader, object, "spans");
  if (!reader.failed() && !is_undefined(reader, spans)) {
    options.spans = read_sampling(reader, reader.object(spans, "spans"));
  }
  return options;
}

napi_value read_function(ValueReader& reader, napi_value value, const char* name) {
  napi_valuetype type = napi_undefined;
  if (!reader.failed() &&
      (napi_typeof(reader.env(), value, &type) != napi_ok || type != napi_function)) {
    reader.fail(name, "not a function");
  }
  return value;
}

std::shared_ptr<const PolicySnapshot> read_policies(ValueReader& reader, napi_value list) {
  auto snapshot = std::make_shared<PolicySnapshot>();
  for (const napi_value value : reader.array(list, "policies", kMaxPolicies)) {
    snapshot->add(read_profile(reader, value));
  }
  return snapshot;
}

CallToken read_token(ValueReader& reader, napi_value value) {
  return static_cast<CallToken>(reader.integer(value, "token", 0, kMaxSafeInteger));
}

Answer read_response(ValueReader& reader, napi_value value) {
  const Bytes response = reader.bytes(value, "response");
  Answer answer;
  answer.framed.reserve(kMessagePrefix + response.size());
  answer.framed.insert(answer.framed.end(), response.begin(), response.end());
  return answer;
}

CallFailure read_failure(ValueReader& reader, napi_value status, napi_value details,
                         napi_value code, napi_value incident) {
  CallFailure failure;
  failure.status = static_cast<GrpcStatus>(reader.integer(status, "status", 1, 16));
  failure.details = printable_text(reader, details, "details", kMaxDetails);
  failure.code = read_code(reader, code);
  failure.incident = printable_text(reader, incident, "incident", kMaxIncident);
  return failure;
}

}  // namespace cryptobroker
