#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "native/broker/hash_data_wire.h"
#include "native/broker/metadata_wire.h"
#include "native/broker/wire_writer.h"
#include "native/crypto/hex.h"
#include "native/test/support/broker_policies.h"
#include "native/test/support/context.h"

namespace cryptobroker::testing {
namespace {

constexpr std::string_view kPath = "/CryptoBroker.CryptoGrpc/HashData";
constexpr std::size_t kThreshold = 100;

std::shared_ptr<const PolicySnapshot> policies(DigestId digest = DigestId::kSha256) {
  auto made = std::make_shared<PolicySnapshot>();
  made->add(hashing_profile("Hash", digest, kThreshold));
  return made;
}

ByteVector request(std::string_view profile, std::string_view input) {
  ByteVector message;
  WireWriter writer(message);
  writer.text(1, profile);
  writer.text(2, input);
  writer.begin(3, text_size(1, "id"));
  writer.text(1, "id");
  return message;
}

// FIPS 180-4: SHA-256("abc").
const std::string kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(BrokerHashData, GivesThePublishedDigest) {
  const auto service = make_service(policies());
  const Called called = call(method_of(*service, kPath), request("Hash", "abc"));
  EXPECT_EQ(called.outcome(), "ok");
  EXPECT_NE(text_of(called.response()).find(kAbc), std::string::npos);
}

// A request with a trace context of these parts, and what its span says.
SpanFacts span_of(const BrokerService& service, std::string_view profile,
                  const std::vector<std::string>& parts, std::string_view input = "abc") {
  ByteVector trace;
  WireWriter trace_writer(trace);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    trace_writer.text(static_cast<std::uint32_t>(i + 1), parts[i]);
  }
  ByteVector metadata;
  WireWriter(metadata).bytes(3, trace);
  ByteVector message = request(profile, input);
  WireWriter(message).bytes(3, metadata);
  Answer answer;
  answer.facts.span.emplace().parent =
      trace_parent_of("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01", "");
  if (const auto work = method_of(service, kPath).begin(message, answer)) {
    work->run(answer);
  }
  return *answer.facts.span;
}

TEST(BrokerHashData, TellsASpanWhatWasHashedAndWhereTheCallBelongs) {
  const auto service = make_service(policies());
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string span = "00f067aa0ba902b7";
  for (const std::size_t size : {std::size_t{3}, kThreshold + 1}) {
    const SpanFacts facts =
        span_of(*service, "Hash", {trace, span, "00", "a=1", "c"}, std::string(size, 'x'));
    EXPECT_EQ(facts.parent->trace(), trace);
    EXPECT_FALSE(facts.parent->sampled());
    EXPECT_EQ(facts.parent->state, "a=1");
    EXPECT_EQ(facts.sizes[static_cast<std::size_t>(SpanSize::kInput)],
              static_cast<std::int64_t>(size));
    EXPECT_EQ(facts.sizes[static_cast<std::size_t>(SpanSize::kHashOutput)], 32);
    EXPECT_EQ(facts.hash_algorithm, "sha-256");
  }
  const SpanFacts refused = span_of(*service, "None", {trace, span});
  EXPECT_EQ(refused.parent->trace(), trace);
  EXPECT_EQ(refused.sizes[static_cast<std::size_t>(SpanSize::kInput)], 3);
  EXPECT_EQ(refused.sizes[static_cast<std::size_t>(SpanSize::kHashOutput)], SpanFacts::kAbsent);
  // Its headers named another parent, which counts when the message names none.
  EXPECT_EQ(span_of(*service, "Hash", {trace, "wrong"}).parent->span(), "b7ad6b7169203331");
}

TEST(BrokerHashData, LeavesTheThreadAboveTheThresholdAndAnswersTheSame) {
  const auto service = make_service(policies());
  auto everything = std::make_shared<PolicySnapshot>();
  everything->add(hashing_profile("Hash", DigestId::kSha256, 1024 * 1024));
  const auto patient = make_service(everything);
  for (const std::size_t size : {kThreshold, kThreshold + 1}) {
    const ByteVector message = request("Hash", std::string(size, 'x'));
    const Called called = call(method_of(*service, kPath), message);
    EXPECT_EQ(called.left_thread, size > kThreshold);
    EXPECT_EQ(called.outcome(), "ok");
    const Called here = call(method_of(*patient, kPath), message);
    EXPECT_FALSE(here.left_thread);
    EXPECT_EQ(called.answer.framed, here.answer.framed);
    EXPECT_EQ(called.answer.facts.profile, "Hash");
  }
}

TEST(BrokerHashData, TakesALongMessageInsteadOfCopyingIt) {
  const auto service = make_service(policies());
  ByteVector message = request("Hash", std::string(kThreshold + 1, 'x'));
  Answer answer;
  const auto work = method_of(*service, kPath).begin(message, answer);
  ASSERT_NE(work, nullptr);
  EXPECT_TRUE(message.empty());
  // A pool may drop what it never ran.
}

TEST(BrokerHashData, KeepsThePoliciesThatACallBeganWith) {
  const auto service = make_service(policies());
  const NativeMethod& method = method_of(*service, kPath);
  ByteVector message = request("Hash", std::string(kThreshold + 1, 'x'));
  Answer answer;
  const auto work = method.begin(message, answer);
  service->install_policies(std::make_shared<PolicySnapshot>());
  EXPECT_EQ(call(method, request("Hash", "abc")).outcome(),
            "3 PROFILE_UNKNOWN could not retrieve profile, err: there is no profile: Hash");
  work->run(answer);
  EXPECT_FALSE(answer.failure);
  EXPECT_GT(answer.framed.size(), kMessagePrefix + 64);
}

TEST(BrokerHashData, AnswersWhilePoliciesAreReplaced) {
  const auto service = make_service(policies());
  const NativeMethod& method = method_of(*service, kPath);
  std::atomic<bool> stop = false;
  std::thread replacing([&] {
    while (!stop) {
      service->install_policies(policies(DigestId::kSha512));
      service->install_policies(policies(DigestId::kSha256));
    }
  });
  for (int i = 0; i < 2000; ++i) {
    const Called called = call(method, request("Hash", "abc"));
    ASSERT_EQ(called.outcome(), "ok");
    // One policy or the other, never a mixture.
    const std::string response = text_of(called.response());
    const bool short_one = response.find("sha-256") != response.npos;
    ASSERT_EQ(response.find(kAbc) != response.npos, short_one);
  }
  stop = true;
  replacing.join();
}

// HashData of package cryptobroker.v1: another path, other numbers, no hashAlgorithm, formats that
// begin at one. It is served by nobody yet; here it shows that a generation is a row.
void decode_v1(WireReader reader, HashDataRequest& request) {
  while (reader.next()) {
    switch (reader.tag()) {
      case delimited_tag(1):
        reader.text(request.profile);
        break;
      case delimited_tag(2):
        request.input = reader.bytes();
        break;
      case delimited_tag(3):
        read_metadata(reader, request.metadata);
        break;
      case varint_tag(4):
        request.format = reader.number() == 2 ? HashFormat::kRaw : HashFormat::kHex;
        break;
      default:
        break;
    }
  }
}
void encode_v1(const HashDataResult& result, ByteVector& out) {
  WireWriter writer(out);
  MetadataEcho(result.metadata, result.profile).write(writer, 1);
  if (result.format == HashFormat::kHex) {
    writer.text(2, to_hex(result.digest));
  } else {
    writer.bytes(3, result.digest);
  }
  writer.bytes(4, result.profile.hash_data_descriptor);
}

TEST(BrokerHashData, IsServedInAFurtherGenerationByARowAlone) {
  constexpr HashDataWire kV1 = {"/cryptobroker.v1.CryptoService/HashData", decode_v1, encode_v1};
  BrokerService::Options options;
  options.context = &context();
  ServiceState state(std::move(options));
  ProfileNumbers numbers;
  state.install(std::make_shared<const CompiledPolicies>(policies(), numbers));
  const auto method = make_hash_data(kV1, state);
  EXPECT_EQ(method->path(), kV1.path);
  EXPECT_EQ(hex_of(call(*method, request("Hash", "abc")).response()),
            "0a040a026964"
            "1240" +
                hex_of(bytes_of(kAbc)) +
                "22190a04486173681208486173684461746"
                "11a077368612d323536");
  ByteVector raw = request("Hash", "abc");
  WireWriter(raw).number(4, 2);
  EXPECT_EQ(hex_of(call(*method, raw).response()).substr(12, 68), "1a20" + kAbc);
  EXPECT_EQ(call(*method, request("", "abc")).outcome(), "3 FIELD_REQUIRED profile: required");
}

}  // namespace
}  // namespace cryptobroker::testing
