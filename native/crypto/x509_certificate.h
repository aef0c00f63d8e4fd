// CA certificates (RFC 5280): the parts of them that an issued certificate depends on.
#pragma once

#include "native/crypto/bytes.h"
#include "native/crypto/encoded_document.h"
#include "native/crypto/errors.h"
#include "native/crypto/public_key.h"

namespace cryptobroker {

// Views point into `document`, or into the caller's bytes when those were DER.
struct CaCertificate {
  EncodedDocument document;
  Bytes subject;
  PublicKeyInfo public_key;
  Bytes key_identifier;  // subjectKeyIdentifier; empty when there is none
};

// Reads a certificate from a PEM block labelled CERTIFICATE, or DER. Whether it may issue (CA flag,
// key usage, validity) is not looked at, as in the Open Crypto Broker. CA_CERT_MALFORMED or
// KEY_UNSUPPORTED.
Result<CaCertificate> read_ca_certificate(Bytes input);

}  // namespace cryptobroker
