// Any bytes as a CA private key: read, put into the provider, and signed with. The certificate is
// imagined to state the public key that the document states, as a hostile caller would have it.
#include <openssl/err.h>

#include <utility>

#include "native/crypto/private_key.h"
#include "native/crypto/signature.h"
#include "native/fuzz/fuzz_context.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

// What a certificate must state to match this key; false when no certificate can.
bool claimed_public_key(const PrivateKey& key, PublicKeyInfo& claimed) {
  claimed.kind = key.kind;
  if (key.kind.algorithm == KeyAlgorithm::kEcdsa) {
    claimed.key_bits = key.ec.point;
    return claimed.key_bits.size() == 1 + 2 * curve_info(key.kind.curve).field_bytes;
  }
  claimed.modulus = key.rsa.modulus;
  claimed.exponent = key.rsa.exponent;
  return key.kind.bits <= 4096 && bit_length(claimed.exponent) <= 64 &&
         (claimed.exponent.back() & 1) != 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto key = read_private_key({data, size});
  PublicKeyInfo claimed;
  if (key && claimed_public_key(key.value(), claimed)) {
    const auto pair = load_key_pair(fuzzing::context(), key.value(), claimed);
    if (pair) {
      const SignatureScheme scheme{key.value().kind.algorithm, SignatureDigest::kSha256};
      const auto signature =
          sign(fuzzing::context(), pair.value().get(), scheme, Bytes(data, size));
      require(signature || !signature.error().message.empty(), "a refusal says why");
    }
  }
  ERR_clear_error();
  return 0;
}
