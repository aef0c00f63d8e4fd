#include "native/crypto/data_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "native/crypto/aead.h"
#include "native/crypto/algorithm_set.h"
#include "native/crypto/library_context.h"
#include "native/crypto/openssl_ptr.h"

namespace cryptobroker {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kGcmIv = 12;

Error invalid(const char* field, const char* message) {
  return {ErrorCode::INPUT_INVALID, message, field};
}

AeadKey aead_key(const DataCipher& cipher, Bytes key) {
  return {.key = key, .nonce = cipher.iv, .tag_length = cipher.tag_length};
}

Status check_data(const DataCipher& cipher, Bytes data, bool encrypting) {
  if (data.size() > kMaxCipherData) {
    return invalid("data", "longer than 64 MiB");
  }
  if (cipher.mode == CipherMode::kGcm) {
    return !encrypting && data.size() < cipher.tag_length
               ? Status(invalid("data", "shorter than its tag"))
               : Status(Done{});
  }
  const bool takes_any = encrypting && cipher.padding;
  if (!takes_any && data.size() % kBlock != 0) {
    return invalid("data", "not whole blocks of 16 bytes");
  }
  if (!encrypting && cipher.padding && data.empty()) {
    return invalid("data", "without the block that holds the padding");
  }
  return Done{};
}

// CBC and ECB.
Result<std::size_t> run_blocks(const LibraryContext& context, const DataCipher& cipher, Bytes key,
                               bool encrypt, MutableBytes output, Bytes data) {
  const AlgorithmSet& algorithms = context.algorithms();
  const EVP_CIPHER* algorithm =
      cipher_for_key(cipher.mode == CipherMode::kCbc ? algorithms.cbc : algorithms.ecb, key.size());
  if (algorithm == nullptr) {
    return invalid("key", "the data key is no AES key");
  }
  const CipherCtxPtr state(EVP_CIPHER_CTX_new());
  const std::uint8_t* iv = cipher.mode == CipherMode::kCbc ? cipher.iv.data() : nullptr;
  int length = 0;
  if (state == nullptr ||
      EVP_CipherInit_ex2(state.get(), algorithm, key.data(), iv, encrypt ? 1 : 0, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(state.get(), cipher.padding ? 1 : 0) != 1 ||
      (!data.empty() && EVP_CipherUpdate(state.get(), output.data(), &length, data.data(),
                                         static_cast<int>(data.size())) != 1)) {
    return internal_error("AES");
  }
  // The last block goes through here first: OpenSSL may write a whole one, where the caller has
  // room for what is left of it without padding.
  std::uint8_t last[kBlock] = {};
  int last_length = 0;
  const bool finished = EVP_CipherFinal_ex(state.get(), last, &last_length) == 1;
  const auto done = static_cast<std::size_t>(length);
  const auto rest = static_cast<std::size_t>(last_length);
  if (finished && rest <= output.size() - done) {
    std::copy_n(last, rest, output.data() + done);
  }
  OPENSSL_cleanse(last, sizeof last);
  if (!finished || rest > output.size() - done) {
    OPENSSL_cleanse(output.data(), output.size());
    return encrypt ? internal_error("AES")
                   : Error{ErrorCode::DECRYPT_FAILED, "the padding is not that of PKCS #7", "data"};
  }
  return done + rest;
}

}  // namespace

Status check_cipher(const DataCipher& cipher) {
  const bool gcm = cipher.mode == CipherMode::kGcm;
  if (cipher.iv.size() != (gcm ? kGcmIv : cipher.mode == CipherMode::kCbc ? kBlock : 0)) {
    return invalid("iv", gcm                               ? "GCM has an IV of 12 bytes"
                         : cipher.mode == CipherMode::kCbc ? "CBC has an IV of 16 bytes"
                                                           : "ECB has no IV");
  }
  if (gcm && cipher.padding) {
    return invalid("padding", "GCM has no padding");
  }
  if (!gcm && !cipher.additional_data.empty()) {
    return invalid("additionalData", "only GCM authenticates additional data");
  }
  if (gcm && (cipher.tag_length < kMinAeadTagLength || cipher.tag_length > kAeadTagLength)) {
    return invalid("tagLength", "a tag has 12 to 16 bytes");
  }
  return Done{};
}

std::size_t encrypted_capacity(const DataCipher& cipher, std::size_t data_length) {
  if (cipher.mode == CipherMode::kGcm) {
    return data_length + cipher.tag_length;
  }
  return cipher.padding ? data_length / kBlock * kBlock + kBlock : data_length;
}

Result<std::size_t> encrypt_data(const LibraryContext& context, const DataCipher& cipher, Bytes key,
                                 MutableBytes output, Bytes data) {
  const ErrorQueueGuard guard;
  if (const Status checked = check_data(cipher, data, true); !checked) {
    return checked.error();
  }
  if (output.size() != encrypted_capacity(cipher, data.size())) {
    return Error{ErrorCode::OUTPUT_TOO_SMALL, "not the length of the ciphertext", "output"};
  }
  if (cipher.mode != CipherMode::kGcm) {
    return run_blocks(context, cipher, key, true, output, data);
  }
  const Status sealed =
      aead_seal(context, aead_key(cipher, key), output, data, cipher.additional_data);
  return sealed ? Result<std::size_t>(output.size()) : Result<std::size_t>(sealed.error());
}

Result<std::size_t> decrypt_data(const LibraryContext& context, const DataCipher& cipher, Bytes key,
                                 MutableBytes output, Bytes data) {
  const ErrorQueueGuard guard;
  if (const Status checked = check_data(cipher, data, false); !checked) {
    return checked.error();
  }
  if (output.size() != data.size()) {
    return Error{ErrorCode::OUTPUT_TOO_SMALL, "not the length of the ciphertext", "output"};
  }
  if (cipher.mode != CipherMode::kGcm) {
    return run_blocks(context, cipher, key, false, output, data);
  }
  const MutableBytes plaintext = output.first(data.size() - cipher.tag_length);
  const Status opened =
      aead_open(context, aead_key(cipher, key), plaintext, data, cipher.additional_data);
  return opened ? Result<std::size_t>(plaintext.size()) : Result<std::size_t>(opened.error());
}

}  // namespace cryptobroker
