// The one OSSL_LIB_CTX of the process: private, with the fips and base providers only (or the
// default provider when FIPS is off), entered once and proved by a self-check. native/README.md
// tells the order of steps.
#pragma once

#include <openssl/types.h>

#include <string>
#include <vector>

#include "native/crypto/errors.h"

namespace cryptobroker {

enum class FipsMode { kRequired, kOff };

struct ContextOptions {
  FipsMode fips = FipsMode::kRequired;
  // Directory of fips.so; ignored when FIPS is off.
  std::string module_directory;
  // Expected SHA-256 of fips.so in lower-case hex; empty when the operator supplied the module.
  std::string module_sha256;
  // HMAC-SHA256 that our build noted for its module, in lower-case hex. An operator's module is held
  // to the fipsmodule.cnf beside it instead; without one it must be a copy of ours.
  std::string module_mac;
  bool require_locked_memory = false;

  bool operator==(const ContextOptions&) const = default;
};

struct SelfTest {
  std::string type;
  std::string name;
  bool passed = false;
};

struct ContextReport {
  FipsMode fips = FipsMode::kOff;
  std::string library_version;
  std::string library_build;
  std::string provider_name;
  std::string provider_version;
  std::string provider_build_info;
  std::string module_path;
  std::string module_sha256;
  std::vector<SelfTest> self_tests;
  bool secure_heap = false;
  bool memory_locked = false;
};

struct AlgorithmSet;
struct ContextState;

class LibraryContext {
 public:
  // Enters the mode once per process. The first call decides the options, whether it succeeds or
  // not: a later call with equal options succeeds (or tries again), with others it fails with
  // ALREADY_INITIALIZED, so that no failed FIPS start can be followed by one without FIPS.
  // Thread-safe.
  static Status initialize(const ContextOptions& options);
  // The context after a successful initialize(), else nullptr.
  static const LibraryContext* get();

  OSSL_LIB_CTX* handle() const;
  // Property query for every fetch: "fips=yes" or "provider=default".
  const char* properties() const;
  const ContextReport& report() const;
  // The algorithms of this folder, fetched once.
  const AlgorithmSet& algorithms() const;
  // False once the FIPS module has entered its error state, after which it answers nothing any
  // more.
  bool provider_running() const;

 private:
  explicit LibraryContext(const ContextState* state) : state_(state) {}
  const ContextState* state_;
};

}  // namespace cryptobroker
