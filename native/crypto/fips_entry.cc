#include "native/crypto/fips_entry.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/fips_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "native/crypto/fips_module.h"
#include "native/crypto/fips_parameters.h"
#include "native/crypto/hex.h"
#include "native/crypto/regular_file.h"
#include "native/crypto/self_test_log.h"

namespace cryptobroker {
namespace {

Error refused(std::string message) {
  return {ErrorCode::FIPS_MODULE_REFUSED, std::move(message), {}};
}

// OpenSSL does not let two libcryptos of one process share a module file; said here, because the
// module itself only says that it failed.
bool is_loaded_already(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) {
    return false;
  }
  dlclose(handle);
  return true;
}

OSSL_PROVIDER* load_fips_module(OSSL_LIB_CTX* context, const FipsModule& module) {
  const auto text = [](const char* name, const char* value) {
    return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
  };
  std::array<OSSL_PARAM, kFipsChecks.size() + 2> params;
  std::size_t count = 0;
  params[count++] = text(OSSL_PROV_FIPS_PARAM_MODULE_MAC, module.mac.c_str());
  for (const char* check : kFipsChecks) {
    params[count++] = text(check, "1");
  }
  params[count] = OSSL_PARAM_construct_end();
  return OSSL_PROVIDER_load_ex(context, "fips", params.data());
}

// The file as it is now, hashed by the module that came from it: it was not exchanged between
// judging and loading.
bool module_confirms_its_file(const ContextState& state, const FipsModule& module) {
  const FileContent file = read_regular_file(module.path, kFipsModuleLimit);
  std::array<std::uint8_t, 32> digest{};
  std::size_t length = 0;
  return file.state == FileContent::State::kRead &&
         EVP_Q_digest(state.context.get(), "SHA2-256", state.properties, file.bytes.data(),
                      file.bytes.size(), digest.data(), &length) == 1 &&
         to_hex(digest) == module.sha256;
}

}  // namespace

Status enter_fips(const ContextOptions& options, ContextState& state) {
  auto examined = examine_fips_module(options);
  if (!examined) {
    return examined.error();
  }
  const FipsModule& module = examined.value();
  if (is_loaded_already(module.path)) {
    return refused("another library of this process has loaded the same fips.so: use a copy");
  }

  OSSL_LIB_CTX* context = state.context.get();
  if (OSSL_PROVIDER_set_default_search_path(context, options.module_directory.c_str()) != 1) {
    return internal_error("module directory");
  }
  const SelfTestLog log(context);
  state.provider.reset(load_fips_module(context, module));
  if (state.provider == nullptr) {
    const std::string failure = log.first_failure();
    return refused(failure.empty() ? "fips.so cannot be loaded"
                                   : "fips.so failed its self test " + failure);
  }
  // Encoders and decoders only; the FIPS module has none.
  state.base.reset(OSSL_PROVIDER_load(context, "base"));
  if (state.base == nullptr || EVP_set_default_properties(context, "fips=yes") != 1) {
    return internal_error("base provider");
  }
  state.properties = "fips=yes";
  if (!module_confirms_its_file(state, module)) {
    return refused("fips.so changed while it was being loaded");
  }
  state.report.module_path = module.path;
  state.report.module_sha256 = module.sha256;
  state.report.self_tests = log.tests();
  return Done{};
}

}  // namespace cryptobroker
