// Hash functions of the algorithm table (src/crypto/algorithms.ts), by the row number both sides
// share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

class LibraryContext;

enum class DigestId : std::uint8_t {
  kSha256,
  kSha384,
  kSha512,
  kSha512_256,
  kSha3_256,
  kSha3_384,
  kSha3_512,
  kShake128,
  kShake256,
};

struct DigestInfo {
  const char* name;  // as profiles and responses spell it
  const char* openssl_name;
  std::size_t output_length;  // bytes; fixed also for SHAKE
  bool extendable;            // SHAKE: the output length is an input (FIPS 202 §6.2)
};

// In the order of DigestId, which is that of DIGESTS in src/crypto/algorithms.ts.
inline constexpr std::array<DigestInfo, 9> kDigests = {{
    {"sha-256", "SHA2-256", 32, false},
    {"sha-384", "SHA2-384", 48, false},
    {"sha-512", "SHA2-512", 64, false},
    {"sha-512/256", "SHA2-512/256", 32, false},
    {"sha3-256", "SHA3-256", 32, false},
    {"sha3-384", "SHA3-384", 48, false},
    {"sha3-512", "SHA3-512", 64, false},
    {"shake-128", "SHAKE-128", 16, true},
    {"shake-256", "SHAKE-256", 32, true},
}};
inline constexpr std::size_t kDigestCount = kDigests.size();
inline constexpr std::size_t kMaxDigestLength = 64;

constexpr const DigestInfo& digest_info(DigestId id) {
  return kDigests[static_cast<std::size_t>(id)];
}

// The digest with this row number, if there is one.
constexpr std::optional<DigestId> digest_by_id(std::uint32_t id) {
  return id < kDigestCount ? std::optional(static_cast<DigestId>(id)) : std::nullopt;
}

// Writes the digest of `input` to the first output_length bytes of `output`. OUTPUT_TOO_SMALL when
// they do not fit. Thread-safe, as all functions here.
Status compute_digest(const LibraryContext& context, DigestId id, MutableBytes output, Bytes input);

// The digest as lower-case hexadecimal: 2 * output_length characters at `output`, without a
// terminator.
Status compute_digest_hex(const LibraryContext& context, DigestId id, char* output, Bytes input);

// Hashes inputs[offsets[i], offsets[i + 1]) to output[i * output_length] for every i <
// offsets.size() - 1 and returns how many those are. INPUT_INVALID when the offsets fall or leave
// `inputs`; nothing is hashed then. `output` must not overlap `inputs`.
Result<std::size_t> compute_digests(const LibraryContext& context, DigestId id, MutableBytes output,
                                    Bytes inputs, std::span<const std::uint32_t> offsets);

}  // namespace cryptobroker
