#include "native/crypto/algorithm_set.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <string>

namespace cryptobroker {
namespace {

Error missing(const char* name) {
  return {ErrorCode::SELF_CHECK_FAILED,
          std::string("self-check algorithms: the provider has no ") + name,
          {}};
}

// Ready to be duplicated, which is tried here: a module that cannot must be found out at start.
MacCtxPtr unkeyed_hmac_sha256(EVP_MAC* hmac, const char* properties) {
  MacCtxPtr state(EVP_MAC_CTX_new(hmac));
  const std::array params = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA2-256"), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_PROPERTIES, const_cast<char*>(properties), 0),
      OSSL_PARAM_construct_end()};
  if (state == nullptr || EVP_MAC_CTX_set_params(state.get(), params.data()) != 1 ||
      MacCtxPtr(EVP_MAC_CTX_dup(state.get())) == nullptr) {
    return nullptr;
  }
  return state;
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
      CipherFamily{set.cbc, {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"}},
      CipherFamily{set.ecb, {"AES-128-ECB", "AES-192-ECB", "AES-256-ECB"}},
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
  set.hmac_sha256 = unkeyed_hmac_sha256(set.hmac.get(), properties);
  if (set.hmac_sha256 == nullptr) {
    return missing("HMAC with SHA-256");
  }

  struct Kdf {
    KdfPtr& target;
    const char* name;
  };
  for (const Kdf& kdf :
       {Kdf{set.kbkdf, "KBKDF"}, {set.one_step_kdf, "SSKDF"}, {set.pbkdf2, "PBKDF2"}}) {
    kdf.target.reset(EVP_KDF_fetch(context, kdf.name, properties));
    if (kdf.target == nullptr) {
      return missing(kdf.name);
    }
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
