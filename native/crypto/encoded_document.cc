#include "native/crypto/encoded_document.h"

#include <algorithm>
#include <string>
#include <utility>

#include "native/crypto/der_reader.h"
#include "native/crypto/pem.h"

namespace cryptobroker {

std::string shown(std::string_view text) {
  constexpr std::size_t kEnough = 40;
  std::string out(text.substr(0, kEnough));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text.size() > kEnough ? out + "..." : out;
}

Status check_document_size(Bytes input, const RequestField& field) {
  if (input.empty()) {
    return field.malformed_because("is empty");
  }
  if (input.size() > kMaxDocumentBytes) {
    return field.malformed_because("is longer than 65536 bytes");
  }
  return Done{};
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
    return field.malformed_because("the PEM block is labelled '" + shown(block->label) +
                                   "', expected '" + std::string(label) + "'");
  }
  auto decoded = block->decode();
  if (!decoded) {
    return field.malformed_because("the base64 of the PEM block is damaged");
  }
  EncodedDocument document{std::move(*decoded), {}};
  document.der = std::as_const(document.decoded).view();
  return document;
}

}  // namespace cryptobroker
