// Any bytes as a CA certificate. OpenSSL's parser must agree about what was read.
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "native/crypto/der_reader.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/x509_certificate.h"
#include "native/fuzz/fuzz_context.h"
#include "native/fuzz/openssl_oracle.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

void compare_with_openssl(const CaCertificate& certificate) {
  const Bytes der = certificate.document.der;
  const unsigned char* at = der.data();
  const X509Ptr other(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (other == nullptr) {
    return;  // it looks into times, serial number and extensions, we do not
  }
  require(at == der.data() + der.size(), "OpenSSL reads a certificate to its end");
  fuzzing::require_same_subject(X509_get_subject_name(other.get()), certificate.subject);
  fuzzing::require_same_public_key(X509_get_X509_PUBKEY(other.get()),
                                   certificate.public_key.key_bits);

  const OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> identifier(
      static_cast<ASN1_OCTET_STRING*>(
          X509_get_ext_d2i(other.get(), NID_subject_key_identifier, nullptr, nullptr)));
  const Bytes theirs = identifier == nullptr
                           ? Bytes()
                           : Bytes(ASN1_STRING_get0_data(identifier.get()),
                                   static_cast<std::size_t>(ASN1_STRING_length(identifier.get())));
  require(same_bytes(certificate.key_identifier, theirs), "both read the same key identifier");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = read_ca_certificate({data, size});
  if (certificate) {
    fuzzing::require_readable_name(certificate.value().subject);
    compare_with_openssl(certificate.value());
    const auto key =
        load_public_key(fuzzing::context(), certificate.value().public_key, kCaCertField);
    require(key || !key.error().message.empty(), "a refusal says why");
  }
  ERR_clear_error();
  return 0;
}
