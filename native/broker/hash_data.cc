#include "native/broker/hash_data.h"

#include <array>
#include <utility>

#include "native/broker/call_failure.h"
#include "native/broker/open_call.h"
#include "native/broker/validation.h"
#include "native/crypto/digest.h"

namespace cryptobroker {
namespace {

// `profile` offers HashData.
void hash(const HashDataWire& wire, const ServiceState& state, const HashDataRequest& request,
          const CompiledProfile& profile, Answer& answer) {
  std::array<std::uint8_t, kMaxDigestLength> digest;
  const DigestId id = profile.policy->hash_data->digest;
  if (const Status done = compute_digest(state.context, id, digest, request.input); !done) {
    answer.failure = failure_of(state.context, done.error());
    return;
  }
  const HashDataResult result{Bytes(digest.data(), digest_info(id).output_length), request.format,
                              request.metadata, profile};
  wire.encode(result, answer.framed);
  if (answer.facts.span) {
    answer.facts.span->set(SpanSize::kHashOutput, result.digest.size());
    answer.facts.span->hash_algorithm = profile.policy->hash_data->algorithm;
  }
}

// A long input, for a thread of the pool.
class HashWork final : public CallWork {
 public:
  // `request` is made of views of `message`, whose bytes stay where they are when it is moved.
  HashWork(const HashDataWire& wire, const ServiceState& state, std::vector<std::uint8_t> message,
           const HashDataRequest& request, std::shared_ptr<const CompiledPolicies> policies,
           const CompiledProfile& profile)
      : wire_(wire),
        state_(state),
        message_(std::move(message)),
        request_(request),
        policies_(std::move(policies)),
        profile_(profile) {}

  void run(Answer& answer) override { hash(wire_, state_, request_, profile_, answer); }

 private:
  const HashDataWire& wire_;
  const ServiceState& state_;
  const std::vector<std::uint8_t> message_;
  const HashDataRequest request_;
  const std::shared_ptr<const CompiledPolicies> policies_;
  const CompiledProfile& profile_;
};

Checked check_request(const HashDataRequest& request) {
  if (auto refused = check_profile_name(request.profile)) {
    return refused;
  }
  if (auto refused = check_metadata(request.metadata)) {
    return refused;
  }
  return check_size("input", request.input.size(), FieldLimits::kHashInput);
}

constexpr CallRules<HashDataRequest> kRules{
    "HashData", check_request,
    [](const HashDataRequest& request, SpanFacts& span) {
      span.set(SpanSize::kInput, request.input.size());
    },
    [](const ProfilePolicy& policy) { return policy.hash_data.has_value(); }};

class HashData final : public NativeMethod {
 public:
  HashData(const HashDataWire& wire, const ServiceState& state) : wire_(wire), state_(state) {}

  std::string_view path() const override { return wire_.path; }
  bool secret() const override { return false; }

  std::unique_ptr<CallWork> begin(std::vector<std::uint8_t>& message,
                                  Answer& answer) const override {
    HashDataRequest request;
    auto opened = open_call(wire_, kRules, state_, message, request, answer);
    if (!opened) {
      return nullptr;
    }
    const CompiledProfile& profile = *opened->profile;
    if (request.input.size() > profile.policy->hash_data->async_above) {
      return std::make_unique<HashWork>(wire_, state_, std::move(message), request,
                                        std::move(opened->policies), profile);
    }
    hash(wire_, state_, request, profile, answer);
    return nullptr;
  }

 private:
  const HashDataWire& wire_;
  const ServiceState& state_;
};

}  // namespace

std::unique_ptr<NativeMethod> make_hash_data(const HashDataWire& wire, const ServiceState& state) {
  return std::make_unique<HashData>(wire, state);
}

}  // namespace cryptobroker
