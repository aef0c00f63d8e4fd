// The fields of a certificate request that hold documents, and how their errors are told apart.
#pragma once

#include <string>
#include <string_view>

#include "native/crypto/errors.h"

namespace cryptobroker {

struct RequestField {
  std::string_view name;  // as the request spells it
  ErrorCode malformed;

  Error error(ErrorCode code, std::string message) const {
    return {code, std::move(message), std::string(name)};
  }
  Error malformed_because(std::string message) const {
    return error(malformed, std::move(message));
  }
};

inline constexpr RequestField kCsrField = {"csr", ErrorCode::CSR_MALFORMED};
inline constexpr RequestField kCaKeyField = {"caPrivateKey", ErrorCode::CA_KEY_MALFORMED};
inline constexpr RequestField kCaCertField = {"caCert", ErrorCode::CA_CERT_MALFORMED};

}  // namespace cryptobroker
