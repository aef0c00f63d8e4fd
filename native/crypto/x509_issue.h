// Complete certificate issuing: CSR and CA in, signed certificate out, by the rules of the Open
// Crypto Broker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/ca_cache.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_algorithm.h"
#include "native/crypto/library_context.h"
#include "native/crypto/signature.h"

namespace cryptobroker {

enum class SkiDigest : std::uint8_t {
  kSha1,
  kSha256,
  kSha384,
  kSha512,
  kSha3_256,
  kSha3_384,
  kSha3_512
};
enum class CertificateFormat : std::uint8_t { kDer, kPem };

// Inclusive bounds in bits; {0, 0} means the kind of key is not allowed.
struct KeySizeRange {
  int min = 0;
  int max = 0;
};
struct KeyConstraints {
  KeySizeRange rsa;
  KeySizeRange ec;
};

// What a profile decides. Compiled once, then shared read-only by all threads.
struct CertificatePolicy {
  KeyAlgorithm signature_key = KeyAlgorithm::kEcdsa;
  SignatureDigest signature_digest = SignatureDigest::kSha512;
  std::int64_t not_before_offset = 0;  // seconds from now
  std::int64_t not_after_offset = 0;
  KeyConstraints subject_key;
  KeyConstraints issuer_key;
  std::uint16_t key_usage = 0;  // bit i: RFC 5280 KeyUsage bit i; 0: no such extension
  std::vector<std::uint8_t> extended_key_usage;  // ids in the order of EXTENDED_KEY_USAGES
  bool ca = false;
  int path_length = -1;  // -1: absent
  SkiDigest ski_digest = SkiDigest::kSha1;
};

// One certificate to issue. The views must stay valid during the call.
struct CertificateRequest {
  Bytes csr;             // PEM or DER
  Bytes ca_key;          // PEM or DER; PKCS #8, SEC1 or PKCS #1
  Bytes ca_certificate;  // PEM or DER
  std::int64_t now = 0;  // seconds since 1970
  std::optional<std::uint64_t> not_before;
  std::optional<std::uint64_t> not_after;
  std::optional<std::string_view> subject;  // absent or of no length: the CSR's
  std::vector<std::string_view> crl_distribution_points;
  CertificateFormat format = CertificateFormat::kPem;
};

// What issuing consists of. kParse: CSR; kOpenCa: CA key and certificate, read and loaded; kCheck:
// all that the policy says; kVerify: the CSR's signature.
enum class IssueStage : std::uint8_t { kParse, kOpenCa, kCheck, kVerify, kBuild, kSign, kEncode };
inline constexpr std::size_t kIssueStages = 7;
inline constexpr std::array<const char*, kIssueStages> kIssueStageNames = {
    "parse", "openCa", "check", "verify", "build", "sign", "encode"};
// Nanoseconds of each stage, summed up over calls that succeeded.
using IssueStages = std::array<std::int64_t, kIssueStages>;

// Checks, in this order: the policy's own ranges (INPUT_INVALID), CSR, CA key, CA certificate,
// subject and issuer key against the policy, signature algorithm against the CA key, validity,
// subject text, CSR signature, CA key against CA certificate. Then builds, signs, encodes.
// `ca_cache` may be null, and so may `stages`, to which the time of each stage is added.
// Thread-safe.
Result<std::vector<std::uint8_t>> issue_certificate(const LibraryContext& context,
                                                    const CertificatePolicy& policy,
                                                    const CertificateRequest& request,
                                                    CaCache* ca_cache,
                                                    IssueStages* stages = nullptr);

}  // namespace cryptobroker
