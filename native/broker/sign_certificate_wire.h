// The generations of SignCertificate's messages that are served. A further one is a further row.
#pragma once

#include <array>

#include "native/broker/sign_certificate.h"

namespace cryptobroker {

// SignCertificate of package CryptoBroker, as clients of 0.4 and 0.5 speak it.
void decode_sign_certificate_request(WireReader reader, SignCertificateRequest& request);
void encode_sign_certificate_response(const SignCertificateResult& result,
                                      std::vector<std::uint8_t>& out);

inline constexpr std::array<SignCertificateWire, 1> kSignCertificateWires = {{
    {"/CryptoBroker.CryptoGrpc/SignCertificate", decode_sign_certificate_request,
     encode_sign_certificate_response},
}};

}  // namespace cryptobroker
