#include "native/crypto/x509_extensions.h"

#include <array>
#include <bit>

#include "native/crypto/oids.h"
#include "native/crypto/x509_issue.h"

namespace cryptobroker {

namespace {

enum class Critical : bool { kNo, kYes };

template <typename WriteValue>
void extension(DerWriter& out, Bytes oid, Critical critical, WriteValue write_value) {
  out.nested(kSequence, [&] {
    out.element(kOid, oid);
    if (critical == Critical::kYes) {
      out.boolean_true();
    }
    out.nested(kOctetString, write_value);
  });
}

// A named bit list: bit 0 is the highest of the first octet, trailing zero bits are cut (X.690
// §11.2.2).
void write_key_usage(DerWriter& out, std::uint16_t usage) {
  std::array<std::uint8_t, 2> bits{};
  for (unsigned bit = 0; bit < 16; ++bit) {
    if ((usage >> bit & 1) != 0) {
      bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | 0x80 >> bit % 8);
    }
  }
  const Bytes used = Bytes(bits).first(bits[1] != 0 ? 2 : 1);
  out.bit_string(used, static_cast<std::uint8_t>(std::countr_zero(used.back())));
}

void write_basic_constraints(DerWriter& out, const CertificatePolicy& policy) {
  const Critical critical = policy.ca ? Critical::kYes : Critical::kNo;
  extension(out, oid::kBasicConstraints, critical, [&] {
    out.nested(kSequence, [&] {
      if (policy.ca) {
        out.boolean_true();
        if (policy.path_length >= 0) {
          out.small_integer(static_cast<std::uint8_t>(policy.path_length));
        }
      }
    });
  });
}

// One DistributionPoint with one URI for each address (RFC 5280 §4.2.1.13).
void write_distribution_points(DerWriter& out, const std::vector<std::string_view>& addresses) {
  constexpr std::uint8_t kUniformResourceIdentifier = context_primitive(6);
  out.nested(kSequence, [&] {
    for (const std::string_view address : addresses) {
      const Bytes uri(reinterpret_cast<const std::uint8_t*>(address.data()), address.size());
      out.nested(kSequence, [&] {
        out.nested(context_constructed(0), [&] {    // distributionPoint
          out.nested(context_constructed(0), [&] {  // fullName
            out.element(kUniformResourceIdentifier, uri);
          });
        });
      });
    }
  });
}

}  // namespace

void write_extensions(DerWriter& out, const CertificatePolicy& policy,
                      const ExtensionValues& values) {
  out.nested(kSequence, [&] {
    if (policy.key_usage != 0) {
      extension(out, oid::kKeyUsage, Critical::kYes,
                [&] { write_key_usage(out, policy.key_usage); });
    }
    if (!policy.extended_key_usage.empty()) {
      extension(out, oid::kExtendedKeyUsage, Critical::kNo, [&] {
        out.nested(kSequence, [&] {
          for (const std::uint8_t id : policy.extended_key_usage) {
            out.element(kOid, oid::kExtendedKeyUsages[id]);
          }
        });
      });
    }
    if (policy.ca) {
      write_basic_constraints(out, policy);
    }
    if (!values.authority_key_identifier.empty()) {
      extension(out, oid::kAuthorityKeyIdentifier, Critical::kNo, [&] {
        out.nested(kSequence,
                   [&] { out.element(context_primitive(0), values.authority_key_identifier); });
      });
    }
    if (!values.crl_distribution_points.empty()) {
      extension(out, oid::kCrlDistributionPoints, Critical::kNo,
                [&] { write_distribution_points(out, values.crl_distribution_points); });
    }
    if (!policy.ca) {
      write_basic_constraints(out, policy);
    }
    extension(out, oid::kSubjectKeyIdentifier, Critical::kNo,
              [&] { out.element(kOctetString, values.subject_key_identifier); });
  });
}

}  // namespace cryptobroker
