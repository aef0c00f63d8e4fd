#include "native/crypto/encoded_document.h"

#include <string>
#include <utility>

#include "native/crypto/der_reader.h"
#include "native/crypto/shown_text.h"

namespace cryptobroker {

Status check_document_size(Bytes input, const RequestField& field) {
  if (input.empty()) {
    return field.malformed_because("is empty");
  }
  if (input.size() > kMaxDocumentBytes) {
    return field.malformed_because("is longer than 65536 bytes");
  }
  return Done{};
}

Result<EncodedDocument> decode_block(const PemBlock& block, const RequestField& field) {
  auto decoded = block.decode();
  if (!decoded) {
    return field.malformed_because("the base64 of the PEM block is damaged");
  }
  EncodedDocument document{std::move(*decoded), {}};
  document.der = std::as_const(document.decoded).view();
  return document;
}

Result<EncodedDocument> decode_document(Bytes input, const RequestField& field,
                                        std::string_view label) {
  if (const Status size = check_document_size(input, field); !size) {
    return size.error();
  }
  if (is_one_der_element(input)) {
    return EncodedDocument{{}, input};
  }
  const auto block = PemScanner(input).next();
  if (!block) {
    return field.malformed_because("is neither a whole PEM block nor DER");
  }
  if (!label.empty() && block->label != label) {
    return field.malformed_because("the PEM block is labelled " + shown(block->label) +
                                   ", expected " + shown(label));
  }
  return decode_block(*block, field);
}

}  // namespace cryptobroker
