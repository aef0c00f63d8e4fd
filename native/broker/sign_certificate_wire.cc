#include "native/broker/sign_certificate_wire.h"

#include "native/broker/metadata_wire.h"
#include "native/broker/wire_writer.h"

namespace cryptobroker {

// SignCertificateRequest{profile=1, csr=2, caPrivateKey=3, caCert=4, metadata=5, validNotBefore=6,
// validNotAfter=7, subject=8, repeated crlDistributionPoints=9, outputFormat=10}. Fields 2 to 4 are
// texts to clients and bytes here: they are PEM, and whether they are UTF-8 does not matter.
void decode_sign_certificate_request(WireReader reader, SignCertificateRequest& request) {
  // An enum is 32 bits of the number on the wire; an unknown format is DER, as in the original.
  constexpr std::uint32_t kPem = 1;
  while (reader.next()) {
    switch (reader.tag()) {
      case delimited_tag(1):
        reader.text(request.profile);
        break;
      case delimited_tag(2):
        request.csr = reader.bytes();
        break;
      case delimited_tag(3):
        request.ca_private_key = reader.bytes();
        break;
      case delimited_tag(4):
        request.ca_cert = reader.bytes();
        break;
      case delimited_tag(5):
        read_metadata(reader, request.metadata);
        break;
      case varint_tag(6):
        request.not_before = reader.number();
        break;
      case varint_tag(7):
        request.not_after = reader.number();
        break;
      case delimited_tag(8):
        reader.text(request.subject);
        break;
      case delimited_tag(9):
        reader.text(request.crl_distribution_points.emplace_back());
        break;
      case varint_tag(10):
        request.format = static_cast<std::uint32_t>(reader.number()) == kPem
                             ? CertificateFormat::kPem
                             : CertificateFormat::kDer;
        break;
      default:
        break;
    }
  }
}

// SignCertificateResponse{metadata=2, oneof{pem=3, der=4}, descriptor=5}.
void encode_sign_certificate_response(const SignCertificateResult& result,
                                      std::vector<std::uint8_t>& out) {
  const Bytes descriptor = result.profile.sign_certificate_descriptor;
  const MetadataEcho metadata(result.metadata, result.profile);

  WireWriter writer(out);
  writer.reserve(metadata.size(2) + delimited_size(4, result.certificate.size()) +
                 delimited_size(5, descriptor.size()));
  metadata.write(writer, 2);
  writer.bytes(result.format == CertificateFormat::kPem ? 3 : 4, result.certificate);
  writer.bytes(5, descriptor);
}

}  // namespace cryptobroker
