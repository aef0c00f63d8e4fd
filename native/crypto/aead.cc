#include "native/crypto/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdint>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {
namespace {

constexpr std::size_t kNonceLength = 12;

Error invalid(const char* field, const char* message) {
  return {ErrorCode::INPUT_INVALID, message, field};
}

// A context ready for data, with the additional data already in it.
Result<CipherCtxPtr> begin(const LibraryContext& context, const AeadKey& key, bool encrypt,
                           Bytes additional_data) {
  const EVP_CIPHER* cipher = cipher_for_key(context.algorithms().gcm, key.key.size());
  if (cipher == nullptr) {
    return invalid("key", "an AES key has 16, 24 or 32 bytes");
  }
  if (key.nonce.size() != kNonceLength) {
    return invalid("nonce", "a nonce has 12 bytes");
  }
  if (key.tag_length < kMinAeadTagLength || key.tag_length > kAeadTagLength) {
    return invalid("tagLength", "a tag has 12 to 16 bytes");
  }
  if (additional_data.size() > kMaxAeadInput) {
    return invalid("additionalData", "longer than 2 GiB");
  }
  CipherCtxPtr state(EVP_CIPHER_CTX_new());
  int length = 0;
  if (state == nullptr ||
      EVP_CipherInit_ex2(state.get(), cipher, key.key.data(), key.nonce.data(), encrypt ? 1 : 0,
                         nullptr) != 1 ||
      (!additional_data.empty() &&
       EVP_CipherUpdate(state.get(), nullptr, &length, additional_data.data(),
                        static_cast<int>(additional_data.size())) != 1)) {
    return internal_error("AES-GCM");
  }
  return state;
}

// An empty text has a null pointer, which OpenSSL would take for "this is additional data".
bool process(EVP_CIPHER_CTX* state, std::uint8_t* output, Bytes input) {
  int length = 0;
  return input.empty() || EVP_CipherUpdate(state, output, &length, input.data(),
                                           static_cast<int>(input.size())) == 1;
}

// GCM's final step writes no bytes, but OpenSSL wants somewhere to write them.
bool finish(EVP_CIPHER_CTX* state) {
  std::uint8_t unused[kAeadTagLength];
  int length = 0;
  return EVP_CipherFinal_ex(state, unused, &length) == 1;
}

}  // namespace

Status aead_seal(const LibraryContext& context, const AeadKey& key, MutableBytes output,
                 Bytes plaintext, Bytes additional_data) {
  const ErrorQueueGuard guard;
  if (plaintext.size() > kMaxAeadInput) {
    return invalid("plaintext", "longer than 2 GiB");
  }
  if (output.size() != plaintext.size() + key.tag_length) {
    return Error{ErrorCode::OUTPUT_TOO_SMALL, "needs the plaintext's length and the tag's",
                 "output"};
  }
  auto state = begin(context, key, true, additional_data);
  if (!state) {
    return state.error();
  }
  EVP_CIPHER_CTX* cipher = state.value().get();
  if (!process(cipher, output.data(), plaintext) || !finish(cipher) ||
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(key.tag_length),
                          output.data() + plaintext.size()) != 1) {
    return internal_error("AES-GCM");
  }
  return Done{};
}

Status aead_open(const LibraryContext& context, const AeadKey& key, MutableBytes output,
                 Bytes ciphertext, Bytes additional_data) {
  const ErrorQueueGuard guard;
  if (ciphertext.size() < key.tag_length || ciphertext.size() > kMaxAeadInput) {
    return invalid("ciphertext", "shorter than its tag, or longer than 2 GiB");
  }
  const Bytes body = ciphertext.first(ciphertext.size() - key.tag_length);
  const Bytes tag = ciphertext.last(key.tag_length);
  if (output.size() != body.size()) {
    return Error{ErrorCode::OUTPUT_TOO_SMALL, "needs the ciphertext's length less the tag's",
                 "output"};
  }
  auto state = begin(context, key, false, additional_data);
  if (!state) {
    return state.error();
  }
  EVP_CIPHER_CTX* cipher = state.value().get();
  const bool authentic =
      process(cipher, output.data(), body) &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(key.tag_length),
                          const_cast<std::uint8_t*>(tag.data())) == 1 &&
      finish(cipher);
  if (!authentic) {
    OPENSSL_cleanse(output.data(), output.size());
    return Error{ErrorCode::DECRYPT_FAILED,
                 "the ciphertext, tag, nonce or additional data do not belong together",
                 {}};
  }
  return Done{};
}

}  // namespace cryptobroker
