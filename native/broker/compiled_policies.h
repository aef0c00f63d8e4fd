// A policy snapshot with everything ready that every answer says: made once, when policies are
// installed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/broker/policy_snapshot.h"
#include "native/broker/profile_numbers.h"

namespace cryptobroker {

struct CompiledProfile {
  // Lives as long as the CompiledPolicies it is part of.
  const ProfilePolicy* policy = nullptr;
  // What its calls are counted under.
  std::uint16_t number = 0;
  // CryptoDescriptor messages, the same in every generation of the wire that has them. Empty when
  // the profile does not offer the operation.
  std::vector<std::uint8_t> hash_data_descriptor;
  std::vector<std::uint8_t> sign_certificate_descriptor;
  // A DeprecationWarning message, when the profile is outdated.
  std::optional<std::vector<std::uint8_t>> deprecation;
};

class CompiledPolicies {
 public:
  CompiledPolicies(std::shared_ptr<const PolicySnapshot> snapshot, ProfileNumbers& numbers);

  // nullptr when there is no such profile.
  const CompiledProfile* find(std::string_view name) const;

 private:
  const std::shared_ptr<const PolicySnapshot> snapshot_;
  std::map<std::string_view, CompiledProfile> profiles_;
};

}  // namespace cryptobroker
