#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "native/broker/profile_numbers.h"
#include "native/broker/wire_writer.h"
#include "native/test/support/broker_policies.h"

namespace cryptobroker::testing {
namespace {

constexpr std::string_view kPath = "/CryptoBroker.CryptoGrpc/HashData";

std::shared_ptr<const PolicySnapshot> profiles(std::initializer_list<const char*> names) {
  auto snapshot = std::make_shared<PolicySnapshot>();
  for (const char* name : names) {
    snapshot->add(hashing_profile(name, DigestId::kSha256, 1024));
  }
  return snapshot;
}

std::uint16_t number_of(const BrokerService& service, std::string_view profile,
                        std::size_t input = 3) {
  std::vector<std::uint8_t> message;
  WireWriter writer(message);
  writer.text(1, profile);
  writer.text(2, std::string(input, 'x'));
  return call(method_of(service, kPath), message).answer.facts.profile_number;
}

TEST(ProfileNumbers, StayWithTheirNamesWhenProfilesAreReplaced) {
  const auto service = make_service(profiles({"A", "B"}));
  const std::uint16_t a = number_of(*service, "A");
  const std::uint16_t b = number_of(*service, "B");
  EXPECT_NE(a, 0);
  EXPECT_NE(a, b);
  service->install_policies(profiles({"0", "B"}));
  EXPECT_EQ(number_of(*service, "A"), 0);
  EXPECT_EQ(number_of(*service, "B"), b);
  EXPECT_NE(number_of(*service, "0"), a);
  service->install_policies(profiles({"A"}));
  EXPECT_EQ(number_of(*service, "A"), a);
  EXPECT_EQ(service->profile_name(a), "A");
  EXPECT_EQ(service->profile_name(b), "B");
}

TEST(ProfileNumbers, AreKnownOfRequestsThatAreRefused) {
  const auto service = make_service(profiles({"A"}));
  EXPECT_EQ(number_of(*service, "A", 1024 * 1024 + 1), number_of(*service, "A"));
  EXPECT_EQ(number_of(*service, "None"), 0);
}

TEST(ProfileNumbers, AreBounded) {
  ProfileNumbers numbers;
  for (int i = 1; i <= ProfileNumbers::kMost; ++i) {
    EXPECT_EQ(numbers.number_of(std::to_string(i)), i);
  }
  EXPECT_EQ(numbers.number_of("one more"), 0);
  EXPECT_EQ(numbers.number_of("7"), 7);
  EXPECT_EQ(numbers.name_of(7), "7");
  EXPECT_EQ(numbers.name_of(0), "");
  EXPECT_EQ(numbers.name_of(ProfileNumbers::kMost + 1), "");
}

}  // namespace
}  // namespace cryptobroker::testing
