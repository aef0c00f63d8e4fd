#include "native/crypto/self_check.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {
namespace {

// Node exports two thousand OpenSSL symbols of its own, and its headers come first in node-gyp's
// search path.
bool headers_match_library(const SelfCheckSubject&) {
  return OpenSSL_version_num() == OPENSSL_VERSION_NUMBER;
}

bool in_same_object(const void* a, const void* b) {
  Dl_info of_a{};
  Dl_info of_b{};
  return dladdr(a, &of_a) != 0 && dladdr(b, &of_b) != 0 && of_a.dli_fbase == of_b.dli_fbase;
}

bool library_is_linked_in(const SelfCheckSubject&) {
  return in_same_object(reinterpret_cast<const void*>(&EVP_DigestInit_ex2),
                        reinterpret_cast<const void*>(&self_check));
}

bool provider_is_running(const SelfCheckSubject& subject) {
  int status = 0;
  std::array params = {OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status),
                       OSSL_PARAM_construct_end()};
  return OSSL_PROVIDER_get_params(subject.provider, params.data()) == 1 && status == 1;
}

bool self_tests_passed(const SelfCheckSubject& subject) {
  if (subject.fips == FipsMode::kOff) {
    return true;
  }
  const auto& tests = *subject.self_tests;
  return !tests.empty() &&
         std::all_of(tests.begin(), tests.end(), [](const SelfTest& test) { return test.passed; });
}

bool fips_is_the_default_property(const SelfCheckSubject& subject) {
  const bool enabled = EVP_default_properties_is_fips_enabled(subject.context) == 1;
  return enabled == (subject.fips == FipsMode::kRequired);
}

bool expected_provider_answers(const SelfCheckSubject& subject) {
  const std::string_view expected = subject.fips == FipsMode::kRequired ? "fips" : "default";
  const DigestPtr digest(EVP_MD_fetch(subject.context, "SHA2-256", subject.properties));
  return digest != nullptr && EVP_MD_get0_provider(digest.get()) == subject.provider &&
         expected == OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(digest.get()));
}

bool default_provider_is_absent(const SelfCheckSubject& subject) {
  return subject.fips == FipsMode::kOff || OSSL_PROVIDER_available(subject.context, "default") == 0;
}

// By our property query and by the context's default one: neither may reach an algorithm that is
// not approved.
bool md5_is_refused(const SelfCheckSubject& subject) {
  if (subject.fips == FipsMode::kOff) {
    return true;
  }
  const DigestPtr asked(EVP_MD_fetch(subject.context, "MD5", subject.properties));
  const DigestPtr unasked(EVP_MD_fetch(subject.context, "MD5", nullptr));
  return asked == nullptr && unasked == nullptr;
}

// SHA-256 of "abc" (FIPS 180-4, example 1).
bool known_answer_is_right(const SelfCheckSubject& subject) {
  constexpr std::array<unsigned char, 32> kExpected = {
      0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
      0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
      0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  std::array<unsigned char, 32> output{};
  std::size_t length = 0;
  return EVP_Q_digest(subject.context, "SHA2-256", subject.properties, "abc", 3, output.data(),
                      &length) == 1 &&
         length == output.size() && output == kExpected;
}

struct Check {
  const char* name;
  bool (*holds)(const SelfCheckSubject&);
};

constexpr std::array kChecks = {
    Check{"library-version", headers_match_library},
    Check{"library-origin", library_is_linked_in},
    Check{"provider-status", provider_is_running},
    Check{"self-tests", self_tests_passed},
    Check{"default-properties", fips_is_the_default_property},
    Check{"provider-identity", expected_provider_answers},
    Check{"no-default-provider", default_provider_is_absent},
    Check{"md5-refused", md5_is_refused},
    Check{"known-answer", known_answer_is_right},
};

}  // namespace

Status self_check(const SelfCheckSubject& subject) {
  const ErrorQueueGuard guard;
  for (const Check& check : kChecks) {
    if (!check.holds(subject)) {
      return Error{
          ErrorCode::SELF_CHECK_FAILED, std::string("self-check ") + check.name + " failed", {}};
    }
  }
  return Done{};
}

}  // namespace cryptobroker
