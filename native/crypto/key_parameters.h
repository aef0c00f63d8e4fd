// The numbers of a key on their way into the provider (EVP_PKEY_fromdata). Decoding a key ourselves
// and handing over its numbers takes a third of the time of OpenSSL's decoders, and leaves no copy
// of a private key in freed memory.
#pragma once

#include <openssl/params.h>

#include <array>
#include <cstddef>

#include "native/crypto/bytes.h"
#include "native/crypto/key_algorithm.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

class LibraryContext;

class KeyParameters {
 public:
  // At most kMaxParameters may be added. `name` is one of OSSL_PKEY_PARAM_*; views must live until
  // load() is done.
  void add_number(const char* name, Bytes big_endian);
  void add_bytes(const char* name, Bytes bytes);
  void add_curve(Curve curve);

  // The key, or nullptr when the provider does not take it. `selection` is EVP_PKEY_PUBLIC_KEY or
  // EVP_PKEY_KEYPAIR.
  PkeyPtr load(const LibraryContext& context, KeyAlgorithm algorithm, int selection);

 private:
  static constexpr std::size_t kMaxParameters = 8;  // of an RSA key pair

  std::array<OSSL_PARAM, kMaxParameters + 1> parameters_{};
  std::array<SecretBytes, kMaxParameters> numbers_;
  std::size_t count_ = 0;
};

}  // namespace cryptobroker
