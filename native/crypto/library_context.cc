#include "native/crypto/library_context.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "native/crypto/context_state.h"
#include "native/crypto/fips_entry.h"
#include "native/crypto/key_memory.h"
#include "native/crypto/self_check.h"

namespace cryptobroker {

namespace {

// Settings of OpenSSL that belong to the process, made before its first use.
bool prepare_library() {
  // No configuration file: OPENSSL_CONF belongs to Node's own OpenSSL. No atexit handler: at
  // process.exit() pool threads may still be computing, and must not find the library torn down
  // under them.
  constexpr std::uint64_t kOptions = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;
  if (OPENSSL_init_crypto(kOptions, nullptr) != 1) {
    return false;
  }
  // OpenSSL has a global context beside ours, which loads the default provider on first use. With
  // the null provider in it, code of ours that forgot to name our context fails instead of leaving
  // the FIPS module unseen.
  static OSSL_PROVIDER* const null_provider = OSSL_PROVIDER_load(nullptr, "null");
  return null_provider != nullptr;
}

Status enter_default(ContextState& state) {
  state.provider.reset(OSSL_PROVIDER_load(state.context.get(), "default"));
  if (state.provider == nullptr) {
    return internal_error("default provider");
  }
  state.properties = "provider=default";
  return Done{};
}

void describe(ContextState& state) {
  const char* name = "";
  const char* version = "";
  const char* build_info = "";
  std::array params = {
      OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, const_cast<char**>(&name), 0),
      OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, const_cast<char**>(&version), 0),
      OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, const_cast<char**>(&build_info), 0),
      OSSL_PARAM_construct_end()};
  // A member that the provider does not know keeps its empty text.
  OSSL_PROVIDER_get_params(state.provider.get(), params.data());
  state.report.provider_name = name;
  state.report.provider_version = version;
  state.report.provider_build_info = build_info;
  state.report.library_version = OpenSSL_version(OPENSSL_VERSION);
  state.report.library_build = OpenSSL_version(OPENSSL_BUILT_ON);
}

Result<std::unique_ptr<ContextState>> make_state(const ContextOptions& options) {
  const ErrorQueueGuard guard;
  if (!prepare_library()) {
    return internal_error("library initialization");
  }
  const KeyMemory memory = prepare_key_memory();
  if (options.require_locked_memory && !memory.locked) {
    return Error{ErrorCode::MEMORY_NOT_LOCKED,
                 memory.secure_heap ? "key memory cannot be locked" : "there is no secure heap",
                 {}};
  }

  auto state = std::make_unique<ContextState>();
  state->report.fips = options.fips;
  state->report.secure_heap = memory.secure_heap;
  state->report.memory_locked = memory.locked;
  state->context.reset(OSSL_LIB_CTX_new());
  if (state->context == nullptr) {
    return internal_error("library context");
  }
  const Status entered =
      options.fips == FipsMode::kRequired ? enter_fips(options, *state) : enter_default(*state);
  if (!entered) {
    return entered.error();
  }
  const Status checked = self_check({.context = state->context.get(),
                                     .properties = state->properties,
                                     .provider = state->provider.get(),
                                     .fips = options.fips,
                                     .self_tests = &state->report.self_tests});
  if (!checked) {
    return checked.error();
  }
  auto algorithms = fetch_algorithms(state->context.get(), state->properties);
  if (!algorithms) {
    return algorithms.error();
  }
  state->algorithms = std::move(algorithms).value();
  describe(*state);
  return state;
}

// Never destroyed: threads may use it until the process is gone.
std::atomic<const LibraryContext*> current_context = nullptr;

}  // namespace

Status LibraryContext::initialize(const ContextOptions& options) {
  static std::mutex mutex;
  static std::optional<ContextOptions> first_options;
  const std::lock_guard lock(mutex);
  if (first_options && *first_options != options) {
    return Error{ErrorCode::ALREADY_INITIALIZED, "the core was started with other settings", {}};
  }
  first_options = options;
  if (get() != nullptr) {
    return Done{};
  }
  auto state = make_state(options);
  if (!state) {
    return state.error();
  }
  current_context.store(new LibraryContext(std::move(state).value().release()),
                        std::memory_order_release);
  return Done{};
}

const LibraryContext* LibraryContext::get() {
  return current_context.load(std::memory_order_acquire);
}

OSSL_LIB_CTX* LibraryContext::handle() const { return state_->context.get(); }

const char* LibraryContext::properties() const { return state_->properties; }

const ContextReport& LibraryContext::report() const { return state_->report; }

const AlgorithmSet& LibraryContext::algorithms() const { return state_->algorithms; }

bool LibraryContext::provider_running() const {
  int status = 0;
  std::array params = {OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status),
                       OSSL_PARAM_construct_end()};
  return OSSL_PROVIDER_get_params(state_->provider.get(), params.data()) == 1 && status == 1;
}

}  // namespace cryptobroker
