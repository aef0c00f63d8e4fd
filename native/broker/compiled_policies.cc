#include "native/broker/compiled_policies.h"

#include <optional>
#include <utility>

#include "native/broker/wire_writer.h"

namespace cryptobroker {
namespace {

// CryptoDescriptor{profile=1, operation=2, algorithm=3}.
std::vector<std::uint8_t> encode_descriptor(std::string_view profile, std::string_view operation,
                                            std::string_view algorithm) {
  std::vector<std::uint8_t> out;
  WireWriter writer(out);
  writer.text(1, profile);
  writer.text(2, operation);
  writer.text(3, algorithm);
  return out;
}

// DeprecationWarning{profile=1, optional replacedBy=2, deprecatedSince=3, removeAfter=4, reason=5}.
std::vector<std::uint8_t> encode_deprecation(std::string_view profile,
                                             const Deprecation& deprecation) {
  std::vector<std::uint8_t> out;
  WireWriter writer(out);
  writer.text(1, profile);
  const auto optional = [&](std::uint32_t field, const std::optional<std::string>& text) {
    if (text) {
      writer.present_text(field, *text);
    }
  };
  optional(2, deprecation.replaced_by);
  optional(3, deprecation.deprecated_since);
  optional(4, deprecation.remove_after);
  optional(5, deprecation.reason);
  return out;
}

CompiledProfile compile(const ProfilePolicy& policy) {
  CompiledProfile compiled;
  compiled.policy = &policy;
  if (policy.hash_data) {
    compiled.hash_data_descriptor =
        encode_descriptor(policy.name, "HashData", policy.hash_data->algorithm);
  }
  if (policy.sign_certificate) {
    compiled.sign_certificate_descriptor =
        encode_descriptor(policy.name, "SignCertificate", policy.sign_certificate->algorithm);
  }
  if (policy.deprecation) {
    compiled.deprecation = encode_deprecation(policy.name, *policy.deprecation);
  }
  return compiled;
}

}  // namespace

CompiledPolicies::CompiledPolicies(std::shared_ptr<const PolicySnapshot> snapshot,
                                   ProfileNumbers& numbers)
    : snapshot_(std::move(snapshot)) {
  for (const auto& [name, policy] : snapshot_->all()) {
    CompiledProfile compiled = compile(policy);
    compiled.number = numbers.number_of(name);
    profiles_.emplace(name, std::move(compiled));
  }
}

const CompiledProfile* CompiledPolicies::find(std::string_view name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

}  // namespace cryptobroker
