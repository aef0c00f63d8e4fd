#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "native/broker/call_failure.h"
#include "native/broker/stable_code.h"
#include "native/test/support/broker_policies.h"
#include "native/test/support/context.h"

namespace cryptobroker::testing {
namespace {

TEST(BrokerFailure, HasTheCodeTheStatusAndTheWordsOfTheCore) {
  const CallFailure failure =
      failure_of(context(), Error{ErrorCode::CSR_MALFORMED, "is no \u00fcber-CSR", "csr"});
  EXPECT_EQ(failure.status, GrpcStatus::kInvalidArgument);
  EXPECT_EQ(failure.code, "CSR_MALFORMED");
  EXPECT_EQ(failure.details, "csr: is no ?ber-CSR");
  EXPECT_EQ(failure.incident, "");
  EXPECT_FALSE(failure.core_fault);
  EXPECT_EQ(failure_of(context(), Error{ErrorCode::QUEUE_FULL, "full", ""}).status,
            GrpcStatus::kResourceExhausted);
}

TEST(BrokerFailure, HidesWhatNoRequestCanCauseBehindAnIncident) {
  for (const ErrorCode code : {ErrorCode::INTERNAL, ErrorCode::FIPS_MODULE_MISSING}) {
    const CallFailure failure = failure_of(context(), Error{code, "digest failed", ""});
    EXPECT_EQ(failure.status, GrpcStatus::kInternal);
    EXPECT_EQ(failure.code, "INTERNAL");
    EXPECT_EQ(failure.details, "internal error, incident " + failure.incident);
    EXPECT_EQ(failure.cause, std::string(error_code_name(code)) + ": digest failed");
    EXPECT_FALSE(failure.core_fault);
  }
}

TEST(BrokerFailure, TellsOfACoreThatHasPutItselfOutOfService) {
  const CallFailure failure = failure_of(
      context(), Error{ErrorCode::SELF_CHECK_FAILED, "the provider is in its error state", ""});
  EXPECT_TRUE(failure.core_fault);
  EXPECT_EQ(failure.status, GrpcStatus::kInternal);
  EXPECT_EQ(failure.cause, "SELF_CHECK_FAILED: the provider is in its error state");
}

TEST(BrokerFailure, GivesEveryIncidentARandomUuid) {
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string incident = internal_failure(context(), "a cause").incident;
    EXPECT_TRUE(std::regex_match(incident, uuid)) << incident;
    EXPECT_TRUE(seen.insert(incident).second);
  }
}

TEST(BrokerFailure, HasARowForEveryCodeOfTheCore) {
#define CRYPTOBROKER_SAME_NAME(name) \
  EXPECT_EQ(stable_code_name(stable_code_of(ErrorCode::name)), #name);
  CRYPTOBROKER_ERROR_CODES(CRYPTOBROKER_SAME_NAME)
#undef CRYPTOBROKER_SAME_NAME
}

TEST(BrokerHealthCheck, SaysWhetherTheServerServes) {
  const auto service = make_service(golden_policies());
  const NativeMethod& check = method_of(*service, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(hex_of(call(check, {}).response()), "0801");
  service->set_serving(ServingState::kNotServing);
  EXPECT_EQ(hex_of(call(check, {}).response()), "0802");
}

TEST(BrokerService, KnowsNoProfileBeforePoliciesAreInstalled) {
  BrokerService::Options options;
  options.context = &context();
  const BrokerService service(std::move(options));
  EXPECT_EQ(
      call(method_of(service, "/CryptoBroker.CryptoGrpc/HashData"), from_hex("0a0161")).outcome(),
      "3 PROFILE_UNKNOWN could not retrieve profile, err: there is no profile: a");
  EXPECT_EQ(hex_of(call(method_of(service, "/grpc.health.v1.Health/Check"), {}).response()),
            "0802");
}

}  // namespace
}  // namespace cryptobroker::testing
