#include "native/crypto/key_parameters.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "native/crypto/library_context.h"

namespace cryptobroker {

void KeyParameters::add_number(const char* name, Bytes big_endian) {
  SecretBytes& number = numbers_[count_];
  number = SecretBytes::copy_of(big_endian);
  // OSSL_PARAM(3): numbers have the byte order of the machine.
  if constexpr (std::endian::native == std::endian::little) {
    std::ranges::reverse(number.view());
  }
  parameters_[count_++] = OSSL_PARAM_construct_BN(name, number.data(), number.size());
}

void KeyParameters::add_bytes(const char* name, Bytes bytes) {
  parameters_[count_++] = OSSL_PARAM_construct_octet_string(
      name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

void KeyParameters::add_curve(Curve curve) {
  parameters_[count_++] = OSSL_PARAM_construct_utf8_string(
      OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(curve_info(curve).name), 0);
}

PkeyPtr KeyParameters::load(const LibraryContext& context, KeyAlgorithm algorithm, int selection) {
  parameters_[count_] = OSSL_PARAM_construct_end();
  const PkeyCtxPtr loader(EVP_PKEY_CTX_new_from_name(
      context.handle(), algorithm == KeyAlgorithm::kRsa ? "RSA" : "EC", context.properties()));
  EVP_PKEY* key = nullptr;
  if (loader == nullptr || EVP_PKEY_fromdata_init(loader.get()) != 1 ||
      EVP_PKEY_fromdata(loader.get(), &key, selection, parameters_.data()) != 1) {
    EVP_PKEY_free(key);
    return nullptr;
  }
  return PkeyPtr(key);
}

}  // namespace cryptobroker
