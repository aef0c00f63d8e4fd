// Any bytes as a CSR: read, and if that works, verified. OpenSSL's parser must agree about what it
// read.
#include <openssl/err.h>
#include <openssl/x509.h>

#include "native/crypto/der_reader.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/x509_csr.h"
#include "native/crypto/x509_name.h"
#include "native/fuzz/fuzz_context.h"
#include "native/fuzz/openssl_oracle.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

void compare_with_openssl(const CertificationRequest& csr) {
  const Bytes der = csr.document.der;
  const unsigned char* at = der.data();
  const X509ReqPtr other(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (other == nullptr) {
    return;  // it looks into attributes and signature, we do not
  }
  require(at == der.data() + der.size(), "OpenSSL reads a CSR to its end");
  fuzzing::require_same_subject(X509_REQ_get_subject_name(other.get()), csr.subject);
  fuzzing::require_same_public_key(X509_REQ_get_X509_PUBKEY(other.get()), csr.public_key.key_bits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto csr = read_csr({data, size});
  if (csr) {
    fuzzing::require_readable_name(csr.value().subject);
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
