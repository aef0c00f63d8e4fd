#include "native/crypto/x509_csr.h"

#include <utility>

#include "native/crypto/library_context.h"
#include "native/crypto/signature.h"
#include "native/crypto/x509_name.h"

namespace cryptobroker {

Result<CertificationRequest> read_csr(Bytes input) {
  auto document = decode_document(input, kCsrField);
  if (!document) {
    return document.error();
  }
  CertificationRequest csr;
  csr.document = std::move(document).value();

  bool malformed = false;
  DerReader whole(csr.document.der, malformed);
  DerReader request = whole.enter(kSequence);
  whole.finish();
  const DerElement info = request.read(kSequence);
  csr.signed_part = info.encoding;
  csr.signature_algorithm = request.read(kSequence);
  csr.signature = request.read_bits();
  request.finish();

  DerReader fields(info.content, malformed);
  fields.read_unsigned();  // version: everybody writes 0, and other implementations do not look
  csr.subject = fields.read(kSequence).encoding;
  const DerElement public_key = fields.read(kSequence);
  // Attributes are required (RFC 2986 §4.1), but some writers leave an empty set out.
  if (fields.next_is(context_constructed(0))) {
    DerReader attributes = fields.enter(context_constructed(0));
    while (!attributes.at_end()) {
      attributes.read(kSequence);
    }
  }
  fields.finish();
  if (malformed) {
    return kCsrField.malformed_because("is not a PKCS #10 certification request in DER");
  }
  if (!is_valid_name(csr.subject)) {
    return kCsrField.malformed_because("the subject is not a valid name");
  }
  auto key = read_public_key(public_key, kCsrField);
  if (!key) {
    return key.error();
  }
  csr.public_key = std::move(key).value();
  return csr;
}

Status verify_csr(const LibraryContext& context, const CertificationRequest& csr) {
  const auto invalid = [](std::string message) {
    return kCsrField.error(ErrorCode::CSR_SIGNATURE_INVALID, std::move(message));
  };
  const auto scheme = read_signature_scheme(csr.signature_algorithm);
  if (!scheme) {
    return invalid(scheme.error().message);
  }
  if (scheme.value().key != csr.public_key.kind.algorithm) {
    return invalid("the signature algorithm does not fit the key");
  }
  const auto key = load_public_key(context, csr.public_key, kCsrField);
  if (!key) {
    return key.error();
  }
  if (!verify(context, key.value().get(), scheme.value(), csr.signature, csr.signed_part)) {
    return invalid("the signature does not belong to the key in the CSR");
  }
  return Done{};
}

}  // namespace cryptobroker
