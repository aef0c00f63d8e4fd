#include "native/crypto/x509_certificate.h"

#include <utility>

#include "native/crypto/der_reader.h"
#include "native/crypto/oids.h"
#include "native/crypto/x509_name.h"

namespace cryptobroker {

namespace {

void read_validity(DerReader validity) {
  for (int i = 0; i < 2; ++i) {
    validity.read(validity.next_is(kUtcTime) ? kUtcTime : kGeneralizedTime);
  }
  validity.finish();
}

// The content of subjectKeyIdentifier among `extensions`, empty if it is not there. Sets
// `malformed` when it is there twice (RFC 5280 §4.2).
Bytes read_key_identifier(DerReader extensions, bool& malformed) {
  Bytes identifier;
  bool found = false;
  while (!extensions.at_end()) {
    DerReader extension = extensions.enter(kSequence);
    const Bytes id = extension.read_oid();
    if (extension.next_is(kBoolean)) {
      extension.read_boolean();
    }
    DerReader value = extension.enter(kOctetString);
    extension.finish();
    if (same_bytes(id, oid::kSubjectKeyIdentifier)) {
      malformed = malformed || found;
      found = true;
      identifier = value.read(kOctetString).content;
      value.finish();
    }
  }
  return identifier;
}

}  // namespace

Result<CaCertificate> read_ca_certificate(Bytes input) {
  auto document = decode_document(input, kCaCertField, "CERTIFICATE");
  if (!document) {
    return document.error();
  }
  CaCertificate certificate;
  certificate.document = std::move(document).value();

  bool malformed = false;
  DerReader whole(certificate.document.der, malformed);
  DerReader signed_certificate = whole.enter(kSequence);
  whole.finish();
  DerReader fields = signed_certificate.enter(kSequence);
  const DerElement outer_algorithm = signed_certificate.read(kSequence);
  signed_certificate.read_bits();
  signed_certificate.finish();

  if (fields.next_is(context_constructed(0))) {
    DerReader version = fields.enter(context_constructed(0));
    version.read_unsigned();
    version.finish();
  }
  fields.read(kInteger);  // serialNumber
  const DerElement inner_algorithm = fields.read(kSequence);
  const Bytes issuer = fields.read(kSequence).encoding;
  read_validity(fields.enter(kSequence));
  certificate.subject = fields.read(kSequence).encoding;
  const DerElement public_key = fields.read(kSequence);
  for (const std::uint8_t unique_id : {context_primitive(1), context_primitive(2)}) {
    if (fields.next_is(unique_id)) {
      fields.read(unique_id);
    }
  }
  if (fields.next_is(context_constructed(3))) {
    DerReader extensions = fields.enter(context_constructed(3));
    certificate.key_identifier = read_key_identifier(extensions.enter(kSequence), malformed);
    extensions.finish();
  }
  fields.finish();
  if (malformed) {
    return kCaCertField.malformed_because("is not an X.509 certificate in DER");
  }
  // RFC 5280 §4.1.1.2.
  if (!same_bytes(outer_algorithm.encoding, inner_algorithm.encoding)) {
    return kCaCertField.malformed_because("names two different signature algorithms");
  }
  if (!is_valid_name(certificate.subject) || !is_valid_name(issuer)) {
    return kCaCertField.malformed_because("the subject or issuer is not a valid name");
  }
  auto key = read_public_key(public_key, kCaCertField);
  if (!key) {
    return key.error();
  }
  certificate.public_key = std::move(key).value();
  return certificate;
}

}  // namespace cryptobroker
