// Documents that come as PEM or DER.
#pragma once

#include <cstddef>
#include <string_view>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"
#include "native/crypto/pem.h"
#include "native/crypto/request_field.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {

// No document may be longer. The transport refuses longer ones first; this is the limit the parsers
// are written for.
inline constexpr std::size_t kMaxDocumentBytes = 64 * 1024;

// One document's DER: a view of the caller's bytes, or what was decoded from PEM.
struct EncodedDocument {
  SecretBytes decoded;
  Bytes der;
};

// Refuses an empty or too long input.
Status check_document_size(Bytes input, const RequestField& field);

// What a PEM block holds. Fails with the field's own error when its base64 is damaged.
Result<EncodedDocument> decode_block(const PemBlock& block, const RequestField& field);

// The document in `input`: all of it when it is one DER element, else its first PEM block. With
// `label` that block must have this label. Fails with the field's own error.
Result<EncodedDocument> decode_document(Bytes input, const RequestField& field,
                                        std::string_view label = {});

}  // namespace cryptobroker
