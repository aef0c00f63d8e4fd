#include "native/crypto/random.h"

#include <openssl/rand.h>

#include "native/crypto/library_context.h"

namespace cryptobroker {
namespace {

// Strength 0: any generator will do; all of the provider's have 256 bits.
constexpr unsigned int kAnyStrength = 0;

}  // namespace

Status fill_random(const LibraryContext& context, MutableBytes output) {
  if (!output.empty() &&
      RAND_bytes_ex(context.handle(), output.data(), output.size(), kAnyStrength) != 1) {
    return internal_error("random generation");
  }
  return Done{};
}

Status fill_random_secret(const LibraryContext& context, MutableBytes output) {
  if (!output.empty() &&
      RAND_priv_bytes_ex(context.handle(), output.data(), output.size(), kAnyStrength) != 1) {
    return internal_error("random generation");
  }
  return Done{};
}

}  // namespace cryptobroker
