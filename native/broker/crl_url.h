// Where a CRL may be found.
#pragma once

#include <string_view>

namespace cryptobroker {

// True for what may stand as a CRL's location in a certificate: an http or https URI with a host
// (RFC 3986 §3.2), in the characters that an IA5String of type URI allows (RFC 5280 §4.2.1.6). The
// same answers as isCrlUrl() of src/broker/crl-url.ts.
bool is_crl_url(std::string_view text);

}  // namespace cryptobroker
