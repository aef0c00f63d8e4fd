// Bytes from and to text, and the one way tests look at a failure.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker::testing {

using ByteVector = std::vector<std::uint8_t>;

Bytes bytes_of(std::string_view text);
std::string text_of(Bytes bytes);
ByteVector from_hex(std::string_view hex);
std::string hex_of(Bytes bytes);
std::string read_text_file(const std::string& path);

// What a failed call said: `CODE field: message`, or `ok`.
template <typename T>
std::string outcome(const Result<T>& result) {
  if (result) {
    return "ok";
  }
  const Error& error = result.error();
  return std::string(error_code_name(error.code)) + " " + error.field + ": " + error.message;
}

}  // namespace cryptobroker::testing
