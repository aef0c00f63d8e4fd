// What OpenSSL's own parser must agree about with ours. Each ends the process when it does not.
#pragma once

#include <openssl/x509.h>

#include "native/crypto/bytes.h"

namespace cryptobroker::fuzzing {

// OpenSSL reads every name that we accept.
void require_readable_name(Bytes name);

void require_same_subject(const X509_NAME* theirs, Bytes ours);
void require_same_public_key(const X509_PUBKEY* theirs, Bytes our_key_bits);

}  // namespace cryptobroker::fuzzing
