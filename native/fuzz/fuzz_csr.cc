// Any bytes as a CSR: read, and if that works, verified. OpenSSL's parser must agree about what it
// read.
#include <openssl/err.h>
#include <openssl/x509.h>

#include "native/crypto/der_reader.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/x509_csr.h"
#include "native/crypto/x509_name.h"
#include "native/fuzz/fuzz_context.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

void read_name_with_openssl(Bytes name) {
  const unsigned char* at = name.data();
  const OpensslPtr<X509_NAME, X509_NAME_free> other(
      d2i_X509_NAME(nullptr, &at, static_cast<long>(name.size())));
  require(other != nullptr && at == name.data() + name.size(), "OpenSSL reads every accepted name");
}

void compare_with_openssl(const CertificationRequest& csr) {
  const Bytes der = csr.document.der;
  const unsigned char* at = der.data();
  const X509ReqPtr other(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (other == nullptr) {
    return;  // it looks into attributes and signature, we do not
  }
  require(at == der.data() + der.size(), "OpenSSL reads a CSR to its end");
  const unsigned char* name = nullptr;
  std::size_t name_length = 0;
  require(X509_NAME_get0_der(X509_REQ_get_subject_name(other.get()), &name, &name_length) == 1,
          "OpenSSL has the subject");
  require(same_bytes(csr.subject, {name, name_length}), "both read the same subject");
  const unsigned char* key_bits = nullptr;
  int key_length = 0;
  require(X509_PUBKEY_get0_param(nullptr, &key_bits, &key_length, nullptr,
                                 X509_REQ_get_X509_PUBKEY(other.get())) == 1,
          "OpenSSL has the public key");
  require(same_bytes(csr.public_key.key_bits, {key_bits, static_cast<std::size_t>(key_length)}),
          "both read the same public key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto csr = read_csr({data, size});
  if (csr) {
    read_name_with_openssl(csr.value().subject);
    compare_with_openssl(csr.value());
    // Longer keys are refused before they are computed with; see issue_certificate.
    if (csr.value().public_key.kind.bits <= kMaxRsaBits) {
      const Status verified = verify_csr(fuzzing::context(), csr.value());
      require(verified || !verified.error().message.empty(), "a refusal says why");
    }
  }
  ERR_clear_error();
  return 0;
}
