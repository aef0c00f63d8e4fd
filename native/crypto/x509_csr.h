// Certification requests: PKCS #10 (RFC 2986).
#pragma once

#include "native/crypto/bytes.h"
#include "native/crypto/der_reader.h"
#include "native/crypto/encoded_document.h"
#include "native/crypto/errors.h"
#include "native/crypto/public_key.h"

namespace cryptobroker {

class LibraryContext;

// What a certificate takes from a CSR. Views point into `document`, or into the caller's bytes when
// those were DER.
struct CertificationRequest {
  EncodedDocument document;
  Bytes signed_part;  // CertificationRequestInfo
  Bytes subject;
  PublicKeyInfo public_key;
  DerElement signature_algorithm;
  Bytes signature;
};

// Reads a CSR from PEM (a block of any label) or DER. Attributes, extension requests among them,
// are skipped. CSR_MALFORMED or KEY_UNSUPPORTED.
Result<CertificationRequest> read_csr(Bytes input);

// Checks that the CSR is signed by the key it carries. CSR_SIGNATURE_INVALID otherwise.
Status verify_csr(const LibraryContext& context, const CertificationRequest& csr);

}  // namespace cryptobroker
