#include "native/crypto/encrypted_key.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <utility>

#include "native/crypto/algorithm_set.h"
#include "native/crypto/data_cipher.h"
#include "native/crypto/der_reader.h"
#include "native/crypto/der_writer.h"
#include "native/crypto/library_context.h"
#include "native/crypto/oids.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/random.h"

namespace cryptobroker {
namespace {

// What OWASP's Password Storage Cheat Sheet asks of PBKDF2 with HMAC-SHA-256.
constexpr std::uint32_t kIterations = 600'000;
// SP 800-132 §5.2, and two seconds of work: a hostile file gets no more.
constexpr std::uint32_t kMinIterations = 1000;
constexpr std::uint32_t kMaxIterations = 10'000'000;
constexpr std::size_t kSaltLength = 16;  // SP 800-132 §5.1: 128 bits
constexpr std::size_t kMaxSaltLength = 64;
constexpr std::size_t kIvLength = 16;
constexpr std::size_t kKeyLength = 32;

Error malformed(const char* message) { return {ErrorCode::INPUT_INVALID, message, "key"}; }

Result<SecretBytes> derive(const LibraryContext& context, const EncryptedKey& parameters,
                           Bytes passphrase) {
  SecretBytes key(kKeyLength);
  const KdfCtxPtr state(EVP_KDF_CTX_new(context.algorithms().pbkdf2.get()));
  const auto octets = [](const char* name, Bytes value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()),
                                             value.size());
  };
  std::uint32_t iterations = parameters.iterations;
  const std::array params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>("SHA2-256"), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_PROPERTIES,
                                       const_cast<char*>(context.properties()), 0),
      octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
      octets(OSSL_KDF_PARAM_SALT, parameters.salt),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &iterations),
      OSSL_PARAM_construct_end()};
  if (state == nullptr || EVP_KDF_derive(state.get(), key.data(), key.size(), params.data()) != 1) {
    return internal_error("PBKDF2");
  }
  return key;
}

std::array<std::uint8_t, 4> big_endian(std::uint32_t number) {
  return {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
          static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

void write_pbes2(DerWriter& out, const EncryptedKey& parameters) {
  out.nested(kSequence, [&] {
    out.element(kOid, oid::kPbes2);
    out.nested(kSequence, [&] {
      out.nested(kSequence, [&] {
        out.element(kOid, oid::kPbkdf2);
        out.nested(kSequence, [&] {
          out.element(kOctetString, parameters.salt);
          out.unsigned_integer(big_endian(parameters.iterations));
          out.nested(kSequence, [&] {
            out.element(kOid, oid::kHmacSha256);
            out.element(kNull, {});
          });
        });
      });
      out.nested(kSequence, [&] {
        out.element(kOid, oid::kAes256Cbc);
        out.element(kOctetString, parameters.iv);
      });
    });
  });
}

// Sets `malformed` for every other algorithm, too: there is only one that may be meant.
void read_pbes2(DerReader algorithm, bool& malformed, EncryptedKey& parameters) {
  const auto expect = [&](DerReader& reader, Bytes oid) {
    malformed = !same_bytes(reader.read_oid(), oid) || malformed;
  };
  expect(algorithm, oid::kPbes2);
  DerReader schemes = algorithm.enter(kSequence);
  algorithm.finish();

  DerReader kdf = schemes.enter(kSequence);
  expect(kdf, oid::kPbkdf2);
  DerReader kdf_parameters = kdf.enter(kSequence);
  kdf.finish();
  parameters.salt = kdf_parameters.read(kOctetString).content;
  for (const std::uint8_t octet : kdf_parameters.read_unsigned()) {
    // Saturates: what is too large stays so.
    parameters.iterations = parameters.iterations > kMaxIterations
                                ? parameters.iterations
                                : parameters.iterations << 8 | octet;
  }
  if (kdf_parameters.next_is(kInteger)) {
    const Bytes key_length = kdf_parameters.read_unsigned();
    malformed = malformed || key_length.size() != 1 || key_length[0] != kKeyLength;
  }
  DerReader prf = kdf_parameters.enter(kSequence);
  kdf_parameters.finish();
  expect(prf, oid::kHmacSha256);
  prf.read(kNull);
  prf.finish();

  DerReader cipher = schemes.enter(kSequence);
  schemes.finish();
  expect(cipher, oid::kAes256Cbc);
  parameters.iv = cipher.read(kOctetString).content;
  cipher.finish();
}

DataCipher cbc(Bytes iv) {
  DataCipher cipher;
  cipher.mode = CipherMode::kCbc;
  cipher.padding = true;
  cipher.iv = iv;
  return cipher;
}

}  // namespace

Status check_passphrase(Bytes passphrase) {
  if (passphrase.size() < kMinPassphrase || passphrase.size() > kMaxPassphrase) {
    return Error{ErrorCode::INPUT_INVALID, "a passphrase has 8 to 1024 bytes", "passphrase"};
  }
  return Done{};
}

Result<std::vector<std::uint8_t>> encrypt_key(const LibraryContext& context, Bytes private_key_info,
                                              Bytes passphrase) {
  const ErrorQueueGuard guard;
  std::array<std::uint8_t, kSaltLength + kIvLength> random;
  if (const Status filled = fill_random(context, random); !filled) {
    return filled.error();
  }
  const EncryptedKey parameters = {.salt = Bytes(random).first(kSaltLength),
                                   .iterations = kIterations,
                                   .iv = Bytes(random).last(kIvLength),
                                   .ciphertext = {}};
  const auto key = derive(context, parameters, passphrase);
  if (!key) {
    return key.error();
  }
  const DataCipher cipher = cbc(parameters.iv);
  std::vector<std::uint8_t> ciphertext(encrypted_capacity(cipher, private_key_info.size()));
  const auto length =
      encrypt_data(context, cipher, key.value().view(), ciphertext, private_key_info);
  if (!length) {
    return length.error();
  }
  DerWriter out(ciphertext.size() + 128);
  out.nested(kSequence, [&] {
    write_pbes2(out, parameters);
    out.element(kOctetString, ciphertext);
  });
  return std::move(out).take();
}

bool is_encrypted_key(Bytes der) {
  bool malformed = false;
  DerReader input(der, malformed);
  return input.enter(kSequence).next_is(kSequence);
}

Result<EncryptedKey> read_encrypted_key(Bytes der) {
  bool is_malformed = false;
  DerReader input(der, is_malformed);
  DerReader fields = input.enter(kSequence);
  input.finish();
  EncryptedKey key;
  read_pbes2(fields.enter(kSequence), is_malformed, key);
  key.ciphertext = fields.read(kOctetString).content;
  fields.finish();
  if (is_malformed || key.iv.size() != kIvLength) {
    return malformed("not a key encrypted by PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC");
  }
  if (key.salt.size() < kSaltLength || key.salt.size() > kMaxSaltLength ||
      key.iterations < kMinIterations || key.iterations > kMaxIterations) {
    return malformed("its salt or number of iterations is out of bounds");
  }
  return key;
}

Result<SecretBytes> decrypt_key(const LibraryContext& context, const EncryptedKey& key,
                                Bytes passphrase) {
  const ErrorQueueGuard guard;
  const auto derived = derive(context, key, passphrase);
  if (!derived) {
    return derived.error();
  }
  SecretBytes padded(key.ciphertext.size());
  const auto length =
      decrypt_data(context, cbc(key.iv), derived.value().view(), padded.view(), key.ciphertext);
  if (!length) {
    return length.error();
  }
  return SecretBytes::copy_of(std::as_const(padded).view().first(length.value()));
}

}  // namespace cryptobroker
