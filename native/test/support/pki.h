// Keys, CSRs and CA certificates for tests, made by OpenSSL's own X.509 code in a context of its
// own: it knows kinds of key that the FIPS module refuses, and shares no line with what is tested.
#pragma once

#include <string>
#include <string_view>

#include "native/crypto/openssl_ptr.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {

// The context of these helpers: OpenSSL's default provider.
OSSL_LIB_CTX* workshop();

// `P-256`, `secp256k1`, `ED25519`, `RSA-2048`, `RSA-PSS-2048` …; made once per process and kind.
EVP_PKEY* key(const std::string& kind);
// Another key of the kind each time.
PkeyPtr new_key(const std::string& kind);

enum class Encoding { kDer, kPem };
enum class KeyFormat { kPkcs8, kTraditional };

// `subject` is a list of K=V divided by commas, as in openssl's config files.
std::string csr(EVP_PKEY* key, const std::string& subject = "CN=leaf",
                const char* digest = "SHA256", Encoding encoding = Encoding::kPem);
std::string ca_certificate(EVP_PKEY* key, const std::string& subject = "C=DE,O=Test,CN=CA",
                           bool with_key_identifier = true, Encoding encoding = Encoding::kPem);
std::string private_key(EVP_PKEY* key, KeyFormat format = KeyFormat::kPkcs8,
                        Encoding encoding = Encoding::kPem);

// A block with any label around any bytes, by OpenSSL's encoder.
std::string pem(const std::string& label, Bytes der);
// The bytes of the first block of a PEM text.
ByteVector der(const std::string& pem_text);

// Changed copies of a CSR or certificate in DER.
std::string with_last_byte_changed(std::string document);

X509Ptr parse_certificate(Bytes encoded);

}  // namespace cryptobroker::testing
