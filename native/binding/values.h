// Reads JavaScript values into C++ ones, refusing whatever is not exactly what it should be.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

// Number.MAX_SAFE_INTEGER.
inline constexpr std::int64_t kMaxSafeInteger = 9007199254740991;

// Every reader returns an empty value once something was wrong; the first wrong value decides the
// error. So a caller reads all it needs, asks failed() once, and returns raise(). A view stays
// valid only until JavaScript runs again: a getter of an object may detach the buffer behind it.
class ValueReader {
 public:
  explicit ValueReader(Napi::Env env) : env_(env) {}

  // Any Uint8Array (a Buffer is one), whatever its offset. Detached and shared memory is refused:
  // the latter may change while it is being read.
  MutableBytes bytes(napi_value value, const char* name);
  // The same with exactly `length` bytes.
  MutableBytes bytes(napi_value value, const char* name, std::size_t length);
  // A Uint8Array, or undefined.
  std::optional<Bytes> optional_bytes(napi_value value, const char* name);
  // A Uint32Array.
  std::span<const std::uint32_t> words(napi_value value, const char* name);
  // A number without fraction in [min, max]; the bounds must be safe integers.
  std::int64_t integer(napi_value value, const char* name, std::int64_t min, std::int64_t max);
  // A bigint: -1n is absent, otherwise 0 to 2^64 - 1.
  std::optional<std::uint64_t> optional_unsigned(napi_value value, const char* name);
  bool boolean(napi_value value, const char* name);
  // A string of at most `limit` bytes in UTF-8.
  std::string text(napi_value value, const char* name, std::size_t limit);
  // A path: a string without NUL, of at most PATH_MAX bytes.
  std::string path(napi_value value, const char* name);
  // A string, or undefined.
  std::optional<std::string> optional_text(napi_value value, const char* name, std::size_t limit);
  // An array of at most `limit` values.
  std::vector<napi_value> array(napi_value value, const char* name, std::size_t limit);
  // The value, when it is an object.
  napi_value object(napi_value value, const char* name);
  // An object's property; undefined when it is not there.
  napi_value property(napi_value object, const char* name);

  void fail(const char* name, std::string message);
  void fail(Error error);
  bool failed() const;
  // Throws the error into JavaScript, unless a getter has thrown already. Returns undefined.
  Napi::Value raise() const;

  Napi::Env env() const { return env_; }

 private:
  struct View {
    void* data = nullptr;
    std::size_t length = 0;  // elements
  };
  View view(napi_value value, const char* name, napi_typedarray_type type, const char* type_name);

  Napi::Env env_;
  std::optional<Error> error_;
};

}  // namespace cryptobroker
