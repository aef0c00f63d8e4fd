// The profiles as the native methods use them: compiled by TypeScript (src/profile/snapshot.ts),
// immutable here, replaced as a whole.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "native/crypto/digest.h"
#include "native/crypto/x509_issue.h"

namespace cryptobroker {

// The notice that goes with every answer made under an outdated profile.
struct Deprecation {
  std::optional<std::string> replaced_by;
  std::optional<std::string> deprecated_since;
  std::optional<std::string> remove_after;
  std::optional<std::string> reason;
};

struct HashDataPolicy {
  DigestId digest = DigestId::kSha256;
  // As the descriptor spells it.
  std::string algorithm;
  // Inputs of more bytes leave the server's thread: a column of the algorithm table.
  std::size_t async_above = 0;
};

struct SignCertificatePolicy {
  std::shared_ptr<const CertificatePolicy> certificate;
  std::string algorithm;
};

struct ProfilePolicy {
  std::string name;
  std::optional<HashDataPolicy> hash_data;
  std::optional<SignCertificatePolicy> sign_certificate;
  std::optional<Deprecation> deprecation;
};

class PolicySnapshot {
 public:
  void add(ProfilePolicy policy) {
    std::string name = policy.name;
    policies_.insert_or_assign(std::move(name), std::move(policy));
  }
  // nullptr when there is no such profile.
  const ProfilePolicy* find(std::string_view name) const {
    const auto found = policies_.find(name);
    return found == policies_.end() ? nullptr : &found->second;
  }
  // By their names.
  const std::map<std::string, ProfilePolicy, std::less<>>& all() const { return policies_; }

 private:
  std::map<std::string, ProfilePolicy, std::less<>> policies_;
};

}  // namespace cryptobroker
