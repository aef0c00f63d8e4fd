#include "native/binding/values.h"

#include <cmath>
#include <utility>

#include "native/binding/js_error.h"

namespace cryptobroker {
namespace {

// Linux's PATH_MAX.
constexpr std::size_t kPathLimit = 4096;

}  // namespace

ValueReader::View ValueReader::view(napi_value value, const char* name, napi_typedarray_type type,
                                    const char* type_name) {
  if (failed()) {
    return {};
  }
  napi_typedarray_type actual{};
  View found;
  napi_value buffer = nullptr;
  // Refuses, among others, what is no typed array at all.
  if (napi_get_typedarray_info(env_, value, &actual, &found.length, &found.data, &buffer,
                               nullptr) != napi_ok ||
      actual != type) {
    fail(name, std::string("not a ") + type_name);
    return {};
  }
  // Node-API calls a SharedArrayBuffer no ArrayBuffer.
  bool is_array_buffer = false;
  if (napi_is_arraybuffer(env_, buffer, &is_array_buffer) != napi_ok || !is_array_buffer) {
    fail(name, "a view of shared memory");
    return {};
  }
  // Only an empty view can be a detached one.
  if (found.length == 0) {
    bool detached = false;
    if (napi_is_detached_arraybuffer(env_, buffer, &detached) != napi_ok || detached) {
      fail(name, "a view of a detached buffer");
    }
    return {};
  }
  return found;
}

MutableBytes ValueReader::bytes(napi_value value, const char* name) {
  const View found = view(value, name, napi_uint8_array, "Uint8Array");
  return {static_cast<std::uint8_t*>(found.data), found.length};
}

MutableBytes ValueReader::bytes(napi_value value, const char* name, std::size_t length) {
  const MutableBytes found = bytes(value, name);
  if (!failed() && found.size() != length) {
    fail(name, "not " + std::to_string(length) + " bytes");
  }
  return found;
}

std::optional<Bytes> ValueReader::optional_bytes(napi_value value, const char* name) {
  napi_valuetype type = napi_undefined;
  if (failed() || napi_typeof(env_, value, &type) != napi_ok || type == napi_undefined) {
    return std::nullopt;
  }
  return bytes(value, name);
}

std::span<const std::uint32_t> ValueReader::words(napi_value value, const char* name) {
  const View found = view(value, name, napi_uint32_array, "Uint32Array");
  return {static_cast<const std::uint32_t*>(found.data), found.length};
}

std::int64_t ValueReader::integer(napi_value value, const char* name, std::int64_t min,
                                  std::int64_t max) {
  if (failed()) {
    return 0;
  }
  double number = 0;
  if (napi_get_value_double(env_, value, &number) != napi_ok) {
    fail(name, "not a number");
    return 0;
  }
  // Also refuses NaN, which compares false with everything.
  if (!(number >= static_cast<double>(min) && number <= static_cast<double>(max)) ||
      std::trunc(number) != number) {
    fail(name, "not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return 0;
  }
  return static_cast<std::int64_t>(number);
}

std::optional<std::uint64_t> ValueReader::optional_unsigned(napi_value value, const char* name) {
  if (failed()) {
    return std::nullopt;
  }
  std::int64_t as_signed = 0;
  bool fits_signed = false;
  if (napi_get_value_bigint_int64(env_, value, &as_signed, &fits_signed) != napi_ok) {
    fail(name, "not a bigint");
    return std::nullopt;
  }
  if (fits_signed && as_signed == -1) {
    return std::nullopt;
  }
  std::uint64_t as_unsigned = 0;
  bool fits_unsigned = false;
  if (napi_get_value_bigint_uint64(env_, value, &as_unsigned, &fits_unsigned) != napi_ok ||
      !fits_unsigned) {
    fail(name, "not from -1n to 2n ** 64n - 1n");
    return std::nullopt;
  }
  return as_unsigned;
}

bool ValueReader::boolean(napi_value value, const char* name) {
  bool result = false;
  if (!failed() && napi_get_value_bool(env_, value, &result) != napi_ok) {
    fail(name, "not a boolean");
  }
  return result;
}

std::string ValueReader::text(napi_value value, const char* name, std::size_t limit) {
  if (failed()) {
    return {};
  }
  std::size_t length = 0;
  if (napi_get_value_string_utf8(env_, value, nullptr, 0, &length) != napi_ok) {
    fail(name, "not a string");
    return {};
  }
  if (length > limit) {
    fail(name, "longer than " + std::to_string(limit) + " bytes");
    return {};
  }
  std::string result(length, '\0');
  // Node-API writes a terminator, for which std::string has room.
  napi_get_value_string_utf8(env_, value, result.data(), length + 1, &length);
  return result;
}

std::string ValueReader::path(napi_value value, const char* name) {
  std::string result = text(value, name, kPathLimit);
  // The system's calls would take what stands before it for the whole.
  if (!failed() && (result.empty() || result.find('\0') != std::string::npos)) {
    fail(name, "not a path");
  }
  return result;
}

std::optional<std::string> ValueReader::optional_text(napi_value value, const char* name,
                                                      std::size_t limit) {
  napi_valuetype type = napi_undefined;
  if (failed() || napi_typeof(env_, value, &type) != napi_ok || type == napi_undefined) {
    return std::nullopt;
  }
  return text(value, name, limit);
}

std::vector<napi_value> ValueReader::array(napi_value value, const char* name, std::size_t limit) {
  if (failed()) {
    return {};
  }
  std::uint32_t length = 0;
  if (napi_get_array_length(env_, value, &length) != napi_ok) {
    fail(name, "not an array");
    return {};
  }
  if (length > limit) {
    fail(name, "more than " + std::to_string(limit) + " entries");
    return {};
  }
  std::vector<napi_value> entries(length);
  for (std::uint32_t i = 0; i < length; ++i) {
    if (napi_get_element(env_, value, i, &entries[i]) != napi_ok) {
      fail(name, "not readable");
      return {};
    }
  }
  return entries;
}

napi_value ValueReader::object(napi_value value, const char* name) {
  napi_valuetype type = napi_undefined;
  if (!failed() && (napi_typeof(env_, value, &type) != napi_ok || type != napi_object)) {
    fail(name, "not an object");
  }
  return value;
}

napi_value ValueReader::property(napi_value object, const char* name) {
  napi_value value = nullptr;
  if (!failed() && napi_get_named_property(env_, object, name, &value) != napi_ok) {
    fail(name, "not readable");
  }
  return value == nullptr ? static_cast<napi_value>(env_.Undefined()) : value;
}

void ValueReader::fail(const char* name, std::string message) {
  fail(Error{ErrorCode::INPUT_INVALID, std::move(message), name});
}

void ValueReader::fail(Error error) {
  if (!error_) {
    error_ = std::move(error);
  }
}

bool ValueReader::failed() const { return error_.has_value(); }

Napi::Value ValueReader::raise() const {
  if (error_ && !env_.IsExceptionPending()) {
    throw_error(env_, *error_);
  }
  return env_.Undefined();
}

}  // namespace cryptobroker
