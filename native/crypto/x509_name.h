// Names in certificates: RDNSequence (RFC 5280 §4.1.2.4).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/errors.h"

namespace cryptobroker {

// Whether `encoding` is a Name in DER whose values are strings that hold only the characters their
// type allows. A Name that is copied from a CSR or a CA certificate must pass, or others could not
// read the new one.
bool is_valid_name(Bytes encoding);

// Longest subject text in bytes.
inline constexpr std::size_t kMaxSubjectBytes = 1024;

// The Name a subject text stands for, in DER. The text is a list of K=V, divided by commas, with K
// one of C, ST, O, OU, L, CN; space around an entry and empty entries are skipped. Every entry
// becomes an RDN of its own, in the order given. Nothing can be escaped: a value cannot hold a
// comma. Values become PrintableString if they can be, else UTF8String. SUBJECT_MALFORMED, naming
// the attribute, when an entry is anything else, or when there is no entry.
Result<std::vector<std::uint8_t>> encode_subject(std::string_view text);

}  // namespace cryptobroker
