#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/broker/wire_writer.h"
#include "native/test/support/broker_policies.h"
#include "native/test/support/pki.h"

namespace cryptobroker::testing {
namespace {

constexpr std::string_view kPath = "/CryptoBroker.CryptoGrpc/SignCertificate";

struct Documents {
  std::string csr = cryptobroker::testing::csr(key("P-256"));
  std::string ca_key = private_key(key("P-384"));
  std::string certificate = ca_certificate(key("P-384"));

  ByteVector request(std::string_view profile = "Default") const {
    ByteVector message;
    WireWriter writer(message);
    writer.text(1, profile);
    writer.text(2, csr);
    writer.text(3, ca_key);
    writer.text(4, certificate);
    return message;
  }
};

// The bytes of a field of a response; empty when it is not there.
Bytes field(Bytes message, std::uint32_t number) {
  WireCheck check;
  WireReader reader(message, check);
  Bytes found;
  while (reader.next()) {
    if (reader.tag() == delimited_tag(number)) {
      found = reader.bytes();
    }
  }
  EXPECT_EQ(check.malformed, "");
  return found;
}

TEST(BrokerSignCertificate, IssuesOnThePoolInTheFormatAskedFor) {
  const auto service = make_service(golden_policies());
  const NativeMethod& method = method_of(*service, kPath);
  const Called der_one = call(method, Documents().request());
  ASSERT_EQ(der_one.outcome(), "ok");
  EXPECT_TRUE(der_one.left_thread);
  const X509Ptr certificate = parse_certificate(field(der_one.response(), 4));
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_verify(certificate.get(), key("P-384")), 1);
  EXPECT_TRUE(field(der_one.response(), 3).empty());

  ByteVector message = Documents().request("Outdated");
  WireWriter(message).number(10, 1);
  const Called pem_one = call(method, message);
  ASSERT_EQ(pem_one.outcome(), "ok");
  const std::string pem = text_of(field(pem_one.response(), 3));
  EXPECT_TRUE(pem.starts_with("-----BEGIN CERTIFICATE-----\n")) << pem;
  EXPECT_TRUE(field(pem_one.response(), 4).empty());
  EXPECT_NE(text_of(field(pem_one.response(), 2)).find("ist sicherer"), std::string::npos);
}

TEST(BrokerSignCertificate, UsesWhatTheRequestSaysOfSubjectTimesAndLocations) {
  const auto service = make_service(golden_policies());
  ByteVector message = Documents().request();
  WireWriter writer(message);
  writer.number(6, 1'800'000'000);
  writer.number(7, 1'800'003'600);
  writer.text(8, "CN=of the request");
  writer.text(9, "http://crl.example/ca.crl");
  const Called called = call(method_of(*service, kPath), message);
  ASSERT_EQ(called.outcome(), "ok");
  const std::string der = text_of(field(called.response(), 4));
  EXPECT_NE(der.find("of the request"), der.npos);
  EXPECT_NE(der.find("http://crl.example/ca.crl"), der.npos);
  EXPECT_NE(der.find("270115080000Z"), der.npos);
  EXPECT_NE(der.find("270115090000Z"), der.npos);
}

TEST(BrokerSignCertificate, SaysWhatTheCoreSaysOfBadDocuments) {
  const auto service = make_service(golden_policies());
  const NativeMethod& method = method_of(*service, kPath);
  Documents documents;
  documents.csr = "csr";
  const Called malformed = call(method, documents.request());
  ASSERT_TRUE(malformed.answer.failure);
  EXPECT_EQ(malformed.answer.failure->status, GrpcStatus::kInvalidArgument);
  EXPECT_EQ(malformed.answer.failure->code, "CSR_MALFORMED");
  EXPECT_TRUE(malformed.answer.failure->details.starts_with("csr: "));
  EXPECT_EQ(malformed.answer.framed.size(), kMessagePrefix);

  documents = Documents();
  documents.certificate = ca_certificate(key("P-256"));
  const Called mismatch = call(method, documents.request());
  ASSERT_TRUE(mismatch.answer.failure);
  EXPECT_EQ(mismatch.answer.failure->code, "CA_KEY_MISMATCH");

  documents = Documents();
  ByteVector late = documents.request();
  WireWriter(late).number(7, 2'000'000'000);
  EXPECT_TRUE(call(method, late).outcome().starts_with("3 VALIDITY_NOT_ALLOWED "));
}

TEST(BrokerSignCertificate, UsesTheCacheOfCas) {
  CaCache cache(4, std::chrono::seconds(60));
  const auto service = make_service(golden_policies(), &cache);
  ASSERT_EQ(call(method_of(*service, kPath), Documents().request()).outcome(), "ok");
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(call(method_of(*service, kPath), Documents().request()).outcome(), "ok");
}

TEST(BrokerSignCertificate, TakesTheMessageWithTheKeyAndWipesIt) {
  const auto service = make_service(golden_policies());
  ByteVector message = Documents().request();
  const Bytes place = message;
  Answer answer;
  const auto work = method_of(*service, kPath).begin(message, answer);
  ASSERT_NE(work, nullptr);
  EXPECT_TRUE(message.empty());
  EXPECT_NE(text_of(place).find("PRIVATE KEY"), std::string::npos);
  work->run(answer);
  EXPECT_FALSE(answer.failure);
  // The work is still there, and so is the memory.
  EXPECT_EQ(text_of(place), std::string(place.size(), '\0'));
}

TEST(BrokerSignCertificate, LeavesARefusedMessageToWhoeverWipesIt) {
  const auto service = make_service(golden_policies());
  ByteVector message = Documents().request("None");
  const ByteVector before = message;
  Answer answer;
  EXPECT_EQ(method_of(*service, kPath).begin(message, answer), nullptr);
  EXPECT_EQ(message, before);
}

}  // namespace
}  // namespace cryptobroker::testing
