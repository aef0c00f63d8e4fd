#include "native/crypto/algorithm_set.h"

#include <string>

namespace cryptobroker {
namespace {

Error missing(const char* name) {
  return {ErrorCode::SELF_CHECK_FAILED,
          std::string("self-check algorithms: the provider has no ") + name,
          {}};
}

}  // namespace

Result<AlgorithmSet> fetch_algorithms(OSSL_LIB_CTX* context, const char* properties) {
  AlgorithmSet set;
  for (std::size_t i = 0; i < kDigestCount; ++i) {
    const char* name = kDigests[i].openssl_name;
    set.digests[i].reset(EVP_MD_fetch(context, name, properties));
    if (set.digests[i] == nullptr) {
      return missing(name);
    }
  }

  struct CipherFamily {
    CiphersByKeySize& target;
    std::array<const char*, 3> names;
  };
  const std::array families = {
      CipherFamily{set.key_wrap, {"AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP"}},
      CipherFamily{set.key_wrap_padded,
                   {"AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD"}},
      CipherFamily{set.gcm, {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"}},
  };
  for (const CipherFamily& family : families) {
    for (std::size_t i = 0; i < family.names.size(); ++i) {
      family.target[i].reset(EVP_CIPHER_fetch(context, family.names[i], properties));
      if (family.target[i] == nullptr) {
        return missing(family.names[i]);
      }
    }
  }

  set.hmac.reset(EVP_MAC_fetch(context, "HMAC", properties));
  if (set.hmac == nullptr) {
    return missing("HMAC");
  }
  set.kbkdf.reset(EVP_KDF_fetch(context, "KBKDF", properties));
  if (set.kbkdf == nullptr) {
    return missing("KBKDF");
  }
  return set;
}

const EVP_CIPHER* cipher_for_key(const CiphersByKeySize& ciphers, std::size_t key_bytes) {
  switch (key_bytes) {
    case 16:
      return ciphers[0].get();
    case 24:
      return ciphers[1].get();
    case 32:
      return ciphers[2].get();
    default:
      return nullptr;
  }
}

}  // namespace cryptobroker
