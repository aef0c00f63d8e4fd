#include "native/crypto/self_test_log.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/self_test.h>

#include <string_view>

namespace cryptobroker {
namespace {

std::string_view text_parameter(const OSSL_PARAM params[], const char* name) {
  const OSSL_PARAM* param = OSSL_PARAM_locate_const(params, name);
  const char* text = nullptr;
  if (param == nullptr || OSSL_PARAM_get_utf8_string_ptr(param, &text) != 1 || text == nullptr) {
    return {};
  }
  return text;
}

}  // namespace

SelfTestLog::SelfTestLog(OSSL_LIB_CTX* context) : context_(context) {
  OSSL_SELF_TEST_set_callback(context_, &SelfTestLog::on_event, this);
}

SelfTestLog::~SelfTestLog() { OSSL_SELF_TEST_set_callback(context_, nullptr, nullptr); }

std::string SelfTestLog::first_failure() const {
  for (const SelfTest& test : tests_) {
    if (!test.passed) {
      return test.type + " " + test.name;
    }
  }
  return {};
}

// OSSL_SELF_TEST_new(3): Start, Corrupt, then Pass or Fail for each test. A zero return would
// corrupt the test.
int SelfTestLog::on_event(const OSSL_PARAM params[], void* log) {
  const std::string_view phase = text_parameter(params, OSSL_PROV_PARAM_SELF_TEST_PHASE);
  const bool passed = phase == OSSL_SELF_TEST_PHASE_PASS;
  if (passed || phase == OSSL_SELF_TEST_PHASE_FAIL) {
    static_cast<SelfTestLog*>(log)->tests_.push_back(
        {std::string(text_parameter(params, OSSL_PROV_PARAM_SELF_TEST_TYPE)),
         std::string(text_parameter(params, OSSL_PROV_PARAM_SELF_TEST_DESC)), passed});
  }
  return 1;
}

}  // namespace cryptobroker
