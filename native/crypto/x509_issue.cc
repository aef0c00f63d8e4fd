#include "native/crypto/x509_issue.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "native/crypto/der_writer.h"
#include "native/crypto/oids.h"
#include "native/crypto/pem.h"
#include "native/crypto/random.h"
#include "native/crypto/x509_ca.h"
#include "native/crypto/x509_csr.h"
#include "native/crypto/x509_extensions.h"
#include "native/crypto/x509_name.h"
#include "native/crypto/x509_validity.h"

namespace cryptobroker {

namespace {

constexpr std::size_t kSerialBytes = 20;         // RFC 5280 §4.1.2.2: at most
constexpr std::size_t kKeyIdentifierBytes = 20;  // 160 bits, RFC 7093 §2
constexpr std::size_t kMaxDistributionPoints = 16;
constexpr std::size_t kMaxDistributionPointBytes = 2048;
// SP 800-131A: shorter RSA keys may not sign any more.
constexpr int kMinFipsSigningRsaBits = 2048;

// In the order of SkiDigest.
constexpr std::array<const char*, 7> kSkiDigestNames = {
    "SHA1", "SHA2-256", "SHA2-384", "SHA2-512", "SHA3-256", "SHA3-384", "SHA3-512"};

using Serial = std::array<std::uint8_t, kSerialBytes>;
using KeyIdentifier = std::array<std::uint8_t, kKeyIdentifierBytes>;

// Tells how long the stages took; without somebody who asks, looks at no clock.
class StageClock {
 public:
  explicit StageClock(IssueStages* total) : total_(total) {
    if (total_ != nullptr) {
      last_ = Clock::now();
    }
  }
  // What has run since the last call was this stage.
  void end(IssueStage stage) {
    if (total_ != nullptr) {
      const Clock::time_point now = Clock::now();
      taken_[static_cast<std::size_t>(stage)] += (now - last_) / std::chrono::nanoseconds(1);
      last_ = now;
    }
  }
  void succeeded() const {
    if (total_ != nullptr) {
      for (std::size_t i = 0; i < kIssueStages; ++i) {
        (*total_)[i] += taken_[i];
      }
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  IssueStages* const total_;
  Clock::time_point last_;
  IssueStages taken_{};
};

// What the types of a policy leave open.
Status check_policy(const CertificatePolicy& policy) {
  constexpr unsigned kKeyUsageBits = 9;
  const auto invalid = [](std::string message) {
    return Error{ErrorCode::INPUT_INVALID, std::move(message), {}};
  };
  if (policy.key_usage >> kKeyUsageBits != 0) {
    return invalid("a key usage has no bit above 8");
  }
  if (std::ranges::any_of(policy.extended_key_usage,
                          [](std::uint8_t id) { return id >= oid::kExtendedKeyUsages.size(); })) {
    return invalid("no extended key usage has this id");
  }
  if (policy.path_length < -1 || policy.path_length > 255) {
    return invalid("a path length must be 0 to 255, or -1 for none");
  }
  if (policy.path_length >= 0 && !policy.ca) {
    return invalid("only a CA has a path length");
  }
  return Done{};
}

std::string describe(const KeyKind& kind) {
  return std::string(key_algorithm_name(kind.algorithm)) + " key of " + std::to_string(kind.bits) +
         " bits";
}

Status check_key(const KeyConstraints& constraints, const KeyKind& kind, std::string_view owner,
                 ErrorCode refusal, const RequestField& field) {
  const bool is_rsa = kind.algorithm == KeyAlgorithm::kRsa;
  const KeySizeRange& range = is_rsa ? constraints.rsa : constraints.ec;
  if (range.max == 0) {
    return field.error(refusal, "the profile allows no " +
                                    std::string(key_algorithm_name(kind.algorithm)) +
                                    " keys for the " + std::string(owner));
  }
  if (kind.bits < range.min || kind.bits > range.max) {
    return field.error(refusal, describe(kind) + " is outside the " + std::to_string(range.min) +
                                    " to " + std::to_string(range.max) +
                                    " bits the profile allows");
  }
  if (is_rsa && kind.bits > kMaxRsaBits) {
    return field.error(ErrorCode::KEY_UNSUPPORTED,
                       describe(kind) + " is longer than " + std::to_string(kMaxRsaBits) + " bits");
  }
  return Done{};
}

Status check_keys(const LibraryContext& context, const CertificatePolicy& policy,
                  const KeyKind& subject, const KeyKind& issuer) {
  if (Status allowed = check_key(policy.subject_key, subject, "subject",
                                 ErrorCode::SUBJECT_KEY_NOT_ALLOWED, kCsrField);
      !allowed) {
    return allowed;
  }
  if (Status allowed = check_key(policy.issuer_key, issuer, "issuer",
                                 ErrorCode::ISSUER_KEY_NOT_ALLOWED, kCaKeyField);
      !allowed) {
    return allowed;
  }
  const bool fips = context.report().fips == FipsMode::kRequired;
  if (fips && issuer.algorithm == KeyAlgorithm::kRsa && issuer.bits < kMinFipsSigningRsaBits) {
    return kCaKeyField.error(ErrorCode::ISSUER_KEY_NOT_ALLOWED,
                             describe(issuer) + " is too short to sign with in FIPS mode");
  }
  if (issuer.algorithm != policy.signature_key) {
    return kCaKeyField.error(ErrorCode::SIGNATURE_ALGORITHM_MISMATCH,
                             "the profile signs with " +
                                 std::string(key_algorithm_name(policy.signature_key)) +
                                 ", but the CA key is an " + describe(issuer));
  }
  return Done{};
}

// The caller has checked that they are URLs; here it matters only that they can be IA5Strings.
Status check_distribution_points(const std::vector<std::string_view>& addresses) {
  const auto invalid = [](std::string message) {
    return Error{ErrorCode::INPUT_INVALID, std::move(message), "crlDistributionPoints"};
  };
  if (addresses.size() > kMaxDistributionPoints) {
    return invalid("more than 16 entries");
  }
  for (const std::string_view address : addresses) {
    if (address.empty() || address.size() > kMaxDistributionPointBytes) {
      return invalid("an entry must have 1 to 2048 bytes");
    }
    if (std::ranges::any_of(address, [](char c) { return c <= 0x20 || c > 0x7e; })) {
      return invalid("an entry holds characters other than printable ASCII without spaces");
    }
  }
  return Done{};
}

// Positive, and always 20 octets in DER: the top bit is clear and the first octet is not zero.
Result<Serial> make_serial(const LibraryContext& context) {
  Serial serial{};
  while (serial[0] == 0) {
    if (const Status filled = fill_random(context, serial); !filled) {
      return filled.error();
    }
    serial[0] &= 0x7f;
  }
  return serial;
}

// The leftmost 160 bits of the digest of the key's BIT STRING (RFC 5280 §4.2.1.2 method 1, RFC 7093
// §2).
Result<KeyIdentifier> identify_key(const LibraryContext& context, SkiDigest digest,
                                   Bytes key_bits) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> whole{};
  std::size_t length = 0;
  const char* name = kSkiDigestNames[static_cast<std::size_t>(digest)];
  if (EVP_Q_digest(context.handle(), name, context.properties(), key_bits.data(), key_bits.size(),
                   whole.data(), &length) != 1 ||
      length < kKeyIdentifierBytes) {
    return internal_error("key identifier");
  }
  KeyIdentifier identifier{};
  std::copy_n(whole.begin(), identifier.size(), identifier.begin());
  return identifier;
}

struct CertificateFields {
  Serial serial;
  Validity validity;
  Bytes subject;
  KeyIdentifier subject_key_identifier;
};

// TBSCertificate (RFC 5280 §4.1), version 3.
std::vector<std::uint8_t> write_tbs(const CertificatePolicy& policy,
                                    const CertificateRequest& request, const PublicKeyInfo& key,
                                    const ParsedCa& ca, const CertificateFields& fields) {
  // A certificate with the name of its issuer is taken for self-signed, and those need no
  // authorityKeyIdentifier.
  const bool own_issuer = same_bytes(fields.subject, ca.subject);
  DerWriter out(1024);
  out.nested(kSequence, [&] {
    out.nested(context_constructed(0), [&] { out.small_integer(2); });
    out.unsigned_integer(fields.serial);
    out.raw(signature_algorithm(policy.signature_key, policy.signature_digest));
    out.raw(ca.subject);
    write_validity(out, fields.validity);
    out.raw(fields.subject);
    out.raw(key.encoding);
    out.nested(context_constructed(3), [&] {
      write_extensions(out, policy,
                       {.subject_key_identifier = fields.subject_key_identifier,
                        .authority_key_identifier = own_issuer ? Bytes() : Bytes(ca.key_identifier),
                        .crl_distribution_points = request.crl_distribution_points});
    });
  });
  return std::move(out).take();
}

std::vector<std::uint8_t> encode_certificate(const CertificatePolicy& policy, Bytes tbs,
                                             Bytes signature, CertificateFormat format) {
  DerWriter out(tbs.size() + signature.size() + 64);
  out.nested(kSequence, [&] {
    out.raw(tbs);
    out.raw(signature_algorithm(policy.signature_key, policy.signature_digest));
    out.bit_string(signature);
  });
  std::vector<std::uint8_t> der = std::move(out).take();
  if (format == CertificateFormat::kDer) {
    return der;
  }
  const std::string pem = encode_pem("CERTIFICATE", der);
  return {pem.begin(), pem.end()};
}

}  // namespace

Result<std::vector<std::uint8_t>> issue_certificate(const LibraryContext& context,
                                                    const CertificatePolicy& policy,
                                                    const CertificateRequest& request,
                                                    CaCache* ca_cache, IssueStages* stages) {
  const ErrorQueueGuard guard;
  StageClock clock(stages);
  if (const Status valid = check_policy(policy); !valid) {
    return valid.error();
  }
  const auto csr = read_csr(request.csr);
  if (!csr) {
    return csr.error();
  }
  clock.end(IssueStage::kParse);
  auto opened =
      CertificationAuthority::open(context, request.ca_key, request.ca_certificate, ca_cache);
  if (!opened) {
    return opened.error();
  }
  CertificationAuthority& ca = opened.value();
  clock.end(IssueStage::kOpenCa);
  const PublicKeyInfo& subject_key = csr.value().public_key;
  if (const Status keys = check_keys(context, policy, subject_key.kind, ca.kind()); !keys) {
    return keys.error();
  }
  const auto validity = choose_validity({policy.not_before_offset, policy.not_after_offset},
                                        request.now, request.not_before, request.not_after);
  if (!validity) {
    return validity.error();
  }
  std::vector<std::uint8_t> written_subject;
  if (request.subject && !request.subject->empty()) {
    auto encoded = encode_subject(*request.subject);
    if (!encoded) {
      return encoded.error();
    }
    written_subject = std::move(encoded).value();
  }
  if (const Status addresses = check_distribution_points(request.crl_distribution_points);
      !addresses) {
    return addresses.error();
  }
  clock.end(IssueStage::kCheck);
  if (const Status verified = verify_csr(context, csr.value()); !verified) {
    return verified.error();
  }
  clock.end(IssueStage::kVerify);
  if (const Status matched = ca.match(context); !matched) {
    return matched.error();
  }
  clock.end(IssueStage::kOpenCa);

  const auto serial = make_serial(context);
  if (!serial) {
    return serial.error();
  }
  const auto identifier = identify_key(context, policy.ski_digest, subject_key.key_bits);
  if (!identifier) {
    return identifier.error();
  }
  const CertificateFields fields{
      .serial = serial.value(),
      .validity = validity.value(),
      .subject = written_subject.empty() ? csr.value().subject : Bytes(written_subject),
      .subject_key_identifier = identifier.value()};
  const auto tbs = write_tbs(policy, request, subject_key, ca.parsed(), fields);
  clock.end(IssueStage::kBuild);
  const auto signature = ca.sign(context, policy.signature_digest, tbs);
  if (!signature) {
    return signature.error();
  }
  clock.end(IssueStage::kSign);
  auto certificate = encode_certificate(policy, tbs, signature.value(), request.format);
  clock.end(IssueStage::kEncode);
  clock.succeeded();
  return certificate;
}

}  // namespace cryptobroker
