#include "native/crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {
namespace {

Error invalid(const char* field, const char* message) {
  return {ErrorCode::INPUT_INVALID, message, field};
}

Status check_key(DigestId digest, Bytes key) {
  if (digest != DigestId::kSha256 && digest != DigestId::kSha384 && digest != DigestId::kSha512) {
    return Error{ErrorCode::ALGORITHM_UNSUPPORTED, "the digest is not SHA-256, SHA-384 or SHA-512",
                 "algorithm"};
  }
  if (key.size() < kMinMacKey) {
    return invalid("key", "a key has at least 14 bytes");
  }
  return Done{};
}

OSSL_PARAM text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

OSSL_PARAM octets(const char* name, Bytes value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()),
                                           value.size());
}

}  // namespace

Status compute_hmac(const LibraryContext& context, DigestId digest, MutableBytes output, Bytes key,
                    Bytes data) {
  const ErrorQueueGuard guard;
  if (const Status checked = check_key(digest, key); !checked) {
    return checked.error();
  }
  const DigestInfo& info = digest_info(digest);
  if (output.size() < info.output_length) {
    return Error{ErrorCode::OUTPUT_TOO_SMALL, "the authentication code does not fit", "output"};
  }
  const MacCtxPtr state(EVP_MAC_CTX_new(context.algorithms().hmac.get()));
  const std::array params = {text(OSSL_MAC_PARAM_DIGEST, info.openssl_name),
                             OSSL_PARAM_construct_end()};
  std::size_t length = 0;
  if (state == nullptr || EVP_MAC_init(state.get(), key.data(), key.size(), params.data()) != 1 ||
      EVP_MAC_update(state.get(), data.data(), data.size()) != 1 ||
      EVP_MAC_final(state.get(), output.data(), &length, output.size()) != 1 ||
      length != info.output_length) {
    return internal_error("HMAC");
  }
  return Done{};
}

Status derive_key(const LibraryContext& context, DigestId digest, MutableBytes output, Bytes key,
                  Bytes label, Bytes derivation_context) {
  const ErrorQueueGuard guard;
  if (const Status checked = check_key(digest, key); !checked) {
    return checked.error();
  }
  if (output.empty() || output.size() > kMaxDerivedLength) {
    return invalid("length", "a derived key has 1 to 1024 bytes");
  }
  const KdfCtxPtr state(EVP_KDF_CTX_new(context.algorithms().kbkdf.get()));
  int length_is_input = 1;
  int separator_is_input = 1;
  int counter_bits = 32;
  const std::array params = {
      text(OSSL_KDF_PARAM_MODE, "COUNTER"),
      text(OSSL_KDF_PARAM_MAC, "HMAC"),
      text(OSSL_KDF_PARAM_DIGEST, digest_info(digest).openssl_name),
      text(OSSL_KDF_PARAM_PROPERTIES, context.properties()),
      octets(OSSL_KDF_PARAM_KEY, key),
      octets(OSSL_KDF_PARAM_SALT, label),
      octets(OSSL_KDF_PARAM_INFO, derivation_context),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_KBKDF_USE_L, &length_is_input),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_KBKDF_USE_SEPARATOR, &separator_is_input),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_KBKDF_R, &counter_bits),
      OSSL_PARAM_construct_end()};
  if (state == nullptr ||
      EVP_KDF_derive(state.get(), output.data(), output.size(), params.data()) != 1) {
    return internal_error("KBKDF");
  }
  return Done{};
}

}  // namespace cryptobroker
