// Reads DER (X.690 §10), and only DER: lengths are definite and minimal, tag numbers are below 31.
// OpenSSL's parser takes BER as well, which must not get from a CSR into a certificate, and copies
// private keys to memory it does not wipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "native/crypto/bytes.h"
#include "native/crypto/der_tags.h"

namespace cryptobroker {

struct DerElement {
  std::uint8_t tag = 0;
  Bytes content;
  Bytes encoding;  // tag, length and content
};

// Goes through the elements of `input` one by one. The first thing that is not as expected sets
// `malformed`, which all readers of one document share; from then on every reader is at its end and
// gives empty elements, so a grammar can be written down straight and the flag asked once. Views
// point into `input`.
class DerReader {
 public:
  DerReader(Bytes input, bool& malformed) : rest_(input), malformed_(&malformed) {}

  bool at_end() const { return *malformed_ || rest_.empty(); }
  // True when the next element has this tag.
  bool next_is(std::uint8_t tag) const { return !at_end() && rest_[0] == tag; }

  DerElement read_any();
  DerElement read(std::uint8_t tag);
  // A reader of the content of the next element.
  DerReader enter(std::uint8_t tag);
  // An OBJECT IDENTIFIER: its content.
  Bytes read_oid();
  // An INTEGER that is not negative: its magnitude, big-endian, without leading zero octet; empty
  // for 0.
  Bytes read_unsigned();
  // A BIT STRING of whole octets: its bits.
  Bytes read_bits();
  void read_boolean();
  // Sets the flag unless everything was read.
  void finish();

 private:
  void fail() { *malformed_ = true; }

  Bytes rest_;
  bool* malformed_;
};

// The first element of `input`; nothing when it does not fit or is not DER.
std::optional<DerElement> first_der_element(Bytes input);

// True when `input` is one element and nothing else. Its content is not looked at.
bool is_one_der_element(Bytes input);

bool same_bytes(Bytes a, Bytes b);

// Length in bits of a big-endian number without leading zero octets.
int bit_length(Bytes number);

// `1.2.840.10045.2.1` from the content of an OBJECT IDENTIFIER; at most about 64 characters.
std::string oid_text(Bytes oid);

}  // namespace cryptobroker
