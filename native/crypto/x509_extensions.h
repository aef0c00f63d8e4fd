// The extensions of an issued certificate (RFC 5280 §4.2.1), in the bytes and the order of the Open
// Crypto Broker.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/crypto/der_writer.h"

namespace cryptobroker {

struct CertificatePolicy;

struct ExtensionValues {
  Bytes subject_key_identifier;
  Bytes authority_key_identifier;  // empty: no such extension
  const std::vector<std::string_view>& crl_distribution_points;
};

// Writes `Extensions`: KeyUsage, ExtendedKeyUsage, BasicConstraints (of a CA),
// AuthorityKeyIdentifier, CRLDistributionPoints, BasicConstraints (of an end entity),
// SubjectKeyIdentifier. What would be empty is left out.
void write_extensions(DerWriter& out, const CertificatePolicy& policy,
                      const ExtensionValues& values);

}  // namespace cryptobroker
