// The hashes here judge a file before its code may run, at a moment when no provider exists that
// could hash it. They use libcrypto's SHA-256 block function directly: no library context and no
// provider is created for it, so the one context of the process stays the only one. It is no
// cryptographic service to anybody, which is why it need not come from the module; after loading,
// the module itself hashes the file again (fips_entry.cc).
#define OPENSSL_SUPPRESS_DEPRECATED

#include "native/crypto/fips_module.h"

#include <openssl/crypto.h>
#include <openssl/fipskey.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "native/crypto/hex.h"
#include "native/crypto/regular_file.h"

namespace cryptobroker {
namespace {

// A fipsmodule.cnf has less than 1 KiB.
constexpr std::size_t kConfigurationLimit = 64 * 1024;

using Sha256 = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

template <typename... Parts>
Sha256 sha256(const Parts&... parts) {
  SHA256_CTX state;
  Sha256 output{};
  SHA256_Init(&state);
  (SHA256_Update(&state, parts.data(), parts.size()), ...);
  SHA256_Final(output.data(), &state);
  return output;
}

// HMAC-SHA256 (FIPS 198-1) with the key OpenSSL publishes for its module's integrity test.
Sha256 integrity_mac(Bytes module) {
  constexpr std::array<std::uint8_t, 32> kKey = {FIPS_KEY_ELEMENTS};
  std::array<std::uint8_t, SHA256_CBLOCK> inner{};
  std::array<std::uint8_t, SHA256_CBLOCK> outer{};
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const std::uint8_t byte = i < kKey.size() ? kKey[i] : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return sha256(outer, sha256(inner, module));
}

bool is_lower_hex_of_sha256(std::string_view text) {
  return text.size() == 2 * SHA256_DIGEST_LENGTH &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// `AB:CD:…`, as fipsinstall writes it, to lower-case hexadecimal.
std::string normalize_mac(std::string_view text) {
  std::string mac;
  for (const char c : text) {
    if (c == ':') {
      continue;
    }
    mac += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return mac;
}

// The value of `module-mac` in a fipsmodule.cnf; nothing else of that file is used, install-status
// least of all: it would skip the self tests.
std::optional<std::string> configured_mac(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && trim(line.substr(0, equals)) == "module-mac") {
      return normalize_mac(trim(line.substr(equals + 1)));
    }
  }
  return std::nullopt;
}

Error refused(std::string message) {
  return {ErrorCode::FIPS_MODULE_REFUSED, std::move(message), {}};
}

// The MAC never comes from the file it is to judge: damage would then prove itself.
Result<std::string> settle_mac(const ContextOptions& options, Bytes module) {
  if (!options.module_sha256.empty()) {
    return options.module_mac;
  }
  const FileContent file =
      read_regular_file(options.module_directory + "/fipsmodule.cnf", kConfigurationLimit);
  switch (file.state) {
    case FileContent::State::kMissing:
      if (to_hex(integrity_mac(module)) == options.module_mac) {
        return options.module_mac;  // a copy of our own module
      }
      return refused(
          "fips.so is not the module of this package, and no fipsmodule.cnf beside it says what it "
          "should be: run openssl fipsinstall");
    case FileContent::State::kUnusable:
      return refused("fipsmodule.cnf beside fips.so cannot be read");
    case FileContent::State::kRead:
      break;
  }
  const auto mac =
      configured_mac({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()});
  if (!mac || !is_lower_hex_of_sha256(*mac)) {
    return refused("fipsmodule.cnf beside fips.so has no usable module-mac");
  }
  return *mac;
}

}  // namespace

Result<FipsModule> examine_fips_module(const ContextOptions& options) {
  // dlopen(3) searches a bare or relative name in places of its own.
  if (!options.module_directory.starts_with('/')) {
    return Error{ErrorCode::INPUT_INVALID, "not an absolute path", "moduleDirectory"};
  }
  for (const auto& [value, field] : {std::pair{&options.module_sha256, "moduleSha256"},
                                     std::pair{&options.module_mac, "moduleMac"}}) {
    if (!value->empty() && !is_lower_hex_of_sha256(*value)) {
      return Error{ErrorCode::INPUT_INVALID, "not 64 lower-case hexadecimal digits", field};
    }
  }

  FipsModule module{options.module_directory + "/fips.so", {}, {}};
  const FileContent file = read_regular_file(module.path, kFipsModuleLimit);
  switch (file.state) {
    case FileContent::State::kMissing:
      return Error{ErrorCode::FIPS_MODULE_MISSING, "fips.so is not in the module directory", {}};
    case FileContent::State::kUnusable:
      return refused("fips.so is not a readable file of 1 byte to 64 MiB");
    case FileContent::State::kRead:
      break;
  }
  module.sha256 = to_hex(sha256(file.bytes));
  if (!options.module_sha256.empty() && module.sha256 != options.module_sha256) {
    return refused("fips.so is not the file that was built: its SHA-256 differs");
  }
  auto mac = settle_mac(options, file.bytes);
  if (!mac) {
    return mac.error();
  }
  module.mac = std::move(mac).value();
  return module;
}

}  // namespace cryptobroker
