// The native methods answer as the TypeScript ones do, octet for octet: see golden/README.md.
#include "native/test/support/broker_golden.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/broker/compiled_policies.h"
#include "native/broker/crl_url.h"
#include "native/broker/printable.h"
#include "native/broker/sign_certificate_wire.h"
#include "native/test/support/broker_policies.h"

namespace cryptobroker::testing {
namespace {

constexpr std::string_view kSignCertificate = "/CryptoBroker.CryptoGrpc/SignCertificate";

std::string fact(const GoldenBlock& block, std::string_view name) {
  const auto found = block.find(name);
  return found == block.end() ? std::string() : found->second;
}

std::string time_words(std::optional<std::uint64_t> time) {
  return time ? std::to_string(*time) : "-";
}

// What the issuer would be given, in the words of the file.
std::string issue_words(const GoldenBlock& block, const SignCertificateRequest& request) {
  // Documents are written as runs there: only whether they are the same can be said.
  std::istringstream expected(fact(block, "issue"));
  std::vector<std::string> words;
  for (std::string word; expected >> word;) {
    words.push_back(word);
  }
  std::vector<std::string> ours = {
      request.format == CertificateFormat::kPem ? "pem" : "der",
      time_words(request.not_before),
      time_words(request.not_after),
  };
  std::vector<Bytes> parts = {request.csr, request.ca_private_key, request.ca_cert,
                              bytes_of(request.subject)};
  for (const std::string_view url : request.crl_distribution_points) {
    parts.push_back(bytes_of(url));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& theirs = words.at(3 + i);
    const ByteVector bytes = from_golden_hex(theirs);
    ours.push_back(hex_of(bytes) == hex_of(parts[i]) ? theirs : hex_of(parts[i]));
  }
  std::string text;
  for (const std::string& word : ours) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

// Certificates have random parts, so the codec alone is compared: the file has its answer to a
// certificate of these octets.
void check_issue(const GoldenBlock& block, const ByteVector& message) {
  static ProfileNumbers numbers;
  static const CompiledPolicies policies(golden_policies(), numbers);
  const ByteVector certificate = from_hex("30020101");
  WireCheck check;
  SignCertificateRequest request;
  decode_sign_certificate_request(WireReader(message, check), request);
  ASSERT_EQ(check.malformed, "");
  EXPECT_EQ(issue_words(block, request), fact(block, "issue"));
  ByteVector response;
  encode_sign_certificate_response(
      {certificate, request.format, request.metadata, *policies.find(request.profile)}, response);
  EXPECT_EQ(hex_of(response), hex_of(from_golden_hex(fact(block, "response"))));
}

TEST(BrokerGolden, CallsAreAnsweredAsTheMethodTableAnswersThem) {
  const auto service = make_service(golden_policies());
  std::size_t responses = 0;
  const std::vector<GoldenBlock> blocks = golden_blocks("broker_calls.txt");
  ASSERT_GT(blocks.size(), 400U);
  for (const GoldenBlock& block : blocks) {
    SCOPED_TRACE(fact(block, "method") + " " + fact(block, "case"));
    const ByteVector request = from_golden_hex(fact(block, "request"));
    const Called called = call(method_of(*service, fact(block, "method")), request);
    EXPECT_EQ(called.answer.facts.profile, fact(block, "profile"));
    EXPECT_EQ(called.answer.facts.correlation_id, fact(block, "correlationId"));
    if (block.contains("issue")) {
      EXPECT_TRUE(called.left_thread);
      check_issue(block, request);
    } else if (block.contains("response")) {
      EXPECT_EQ(called.outcome(), "ok");
      EXPECT_EQ(hex_of(called.response()), hex_of(from_golden_hex(fact(block, "response"))));
    } else {
      EXPECT_EQ(called.outcome(), fact(block, "failure"));
      EXPECT_EQ(called.answer.framed.size(), kMessagePrefix);
    }
    responses += block.contains("response");
  }
  EXPECT_GT(responses, 50U);
}

TEST(BrokerGolden, LocationsOfCrlsAreAcceptedAndRefusedAlike) {
  std::size_t accepted = 0;
  const auto rows = golden_rows("broker_crl_urls.txt");
  for (const auto& row : rows) {
    const std::string url = text_of(from_hex(row.at(1)));
    EXPECT_EQ(is_crl_url(url), row.at(0) == "accepted") << url;
    accepted += row.at(0) == "accepted";
  }
  EXPECT_GT(accepted, 100U);
  EXPECT_GT(rows.size() - accepted, 400U);
}

TEST(BrokerGolden, WordsOfCallersAreShownAlike) {
  const auto rows = golden_rows("broker_words.txt");
  ASSERT_GT(rows.size(), 100U);
  for (const auto& row : rows) {
    const std::string text = text_of(from_golden_hex(row.at(0)));
    EXPECT_EQ(printable(text), text_of(from_golden_hex(row.at(1))));
    EXPECT_EQ(printable_details(text), text_of(from_golden_hex(row.at(2))));
    EXPECT_EQ(shown_in_log(text), text_of(from_golden_hex(row.at(3))));
  }
}

TEST(BrokerGolden, TheMethodsAreThoseOfTheTable) {
  const auto service = make_service(golden_policies());
  std::vector<std::string> paths;
  for (const auto& method : service->methods()) {
    paths.emplace_back(method->path());
    EXPECT_EQ(method->secret(), method->path() == kSignCertificate);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/CryptoBroker.CryptoGrpc/HashData",
                                             std::string(kSignCertificate),
                                             "/grpc.health.v1.Health/Check"}));
}

}  // namespace
}  // namespace cryptobroker::testing
