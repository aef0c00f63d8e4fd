// The certification authority of a request: its key and certificate, read, matched and ready to
// sign.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/ca_cache.h"
#include "native/crypto/errors.h"
#include "native/crypto/key_algorithm.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/private_key.h"
#include "native/crypto/signature.h"
#include "native/crypto/x509_certificate.h"

namespace cryptobroker {

class LibraryContext;

// What is needed to issue, independent of the documents it was read from.
struct ParsedCa {
  KeyKind kind;
  PkeyPtr key;                        // the pair
  std::vector<std::uint8_t> subject;  // DER
  std::vector<std::uint8_t> key_identifier;
};

// The CA of one request, from the cache or from its documents.
class CertificationAuthority {
 public:
  // Reads key and certificate, or finds both in `cache` (which may be null). They are not matched
  // yet.
  static Result<CertificationAuthority> open(const LibraryContext& context, Bytes key,
                                             Bytes certificate, CaCache* cache);

  const KeyKind& kind() const;

  // Puts the key into the provider. CA_KEY_MISMATCH when key and certificate state different public
  // keys.
  Status match(const LibraryContext& context);

  // After match():
  const ParsedCa& parsed() const { return *parsed_; }
  // Signs `message`. A pair that has never signed before in this process must show that the
  // certificate's key verifies what it signs, else CA_KEY_MISMATCH: a key document can hold a
  // private number that does not belong to its public one. From then on the pair is known by its
  // hash, and may be kept in the cache.
  Result<std::vector<std::uint8_t>> sign(const LibraryContext& context, SignatureDigest digest,
                                         Bytes message);

 private:
  using Identity = std::array<std::uint8_t, 32>;  // SHA-256 of both documents

  Identity identity_{};
  CaCache* cache_ = nullptr;
  std::shared_ptr<const ParsedCa> parsed_;
  bool from_cache_ = false;
  std::optional<PrivateKey> key_;
  std::optional<CaCertificate> certificate_;
};

}  // namespace cryptobroker
