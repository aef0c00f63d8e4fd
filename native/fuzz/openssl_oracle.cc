#include "native/fuzz/openssl_oracle.h"

#include "native/crypto/der_reader.h"
#include "native/crypto/openssl_ptr.h"
#include "native/fuzz/fuzz_context.h"

namespace cryptobroker::fuzzing {

void require_readable_name(Bytes name) {
  const unsigned char* at = name.data();
  const OpensslPtr<X509_NAME, X509_NAME_free> other(
      d2i_X509_NAME(nullptr, &at, static_cast<long>(name.size())));
  require(other != nullptr && at == name.data() + name.size(), "OpenSSL reads every accepted name");
}

void require_same_subject(const X509_NAME* theirs, Bytes ours) {
  const unsigned char* name = nullptr;
  std::size_t length = 0;
  require(X509_NAME_get0_der(theirs, &name, &length) == 1, "OpenSSL has the subject");
  require(same_bytes(ours, {name, length}), "both read the same subject");
}

void require_same_public_key(const X509_PUBKEY* theirs, Bytes our_key_bits) {
  const unsigned char* bits = nullptr;
  int length = 0;
  require(X509_PUBKEY_get0_param(nullptr, &bits, &length, nullptr, theirs) == 1,
          "OpenSSL has the public key");
  require(same_bytes(our_key_bits, {bits, static_cast<std::size_t>(length)}),
          "both read the same public key");
}

}  // namespace cryptobroker::fuzzing
