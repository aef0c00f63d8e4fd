#include "native/broker/hash_data_wire.h"

#include "native/broker/metadata_wire.h"
#include "native/broker/wire_writer.h"
#include "native/crypto/hex.h"

namespace cryptobroker {

// HashDataRequest{profile=1, input=2, metadata=3, outputFormat=4}.
void decode_hash_data_request(WireReader reader, HashDataRequest& request) {
  // An enum is 32 bits of the number on the wire; an unknown format is HEX, as in the original.
  constexpr std::uint32_t kRaw = 1;
  while (reader.next()) {
    switch (reader.tag()) {
      case delimited_tag(1):
        reader.text(request.profile);
        break;
      case delimited_tag(2):
        request.input = reader.bytes();
        break;
      case delimited_tag(3):
        read_metadata(reader, request.metadata);
        break;
      case varint_tag(4):
        request.format = static_cast<std::uint32_t>(reader.number()) == kRaw ? HashFormat::kRaw
                                                                             : HashFormat::kHex;
        break;
      default:
        break;
    }
  }
}

// HashDataResponse{hashAlgorithm=2, metadata=3, oneof{hashValueHex=4, hashValueRaw=5},
// descriptor=6}.
void encode_hash_data_response(const HashDataResult& result, std::vector<std::uint8_t>& out) {
  const bool hex = result.format == HashFormat::kHex;
  const std::size_t value_length = hex ? 2 * result.digest.size() : result.digest.size();
  const std::string& algorithm = result.profile.policy->hash_data->algorithm;
  const Bytes descriptor = result.profile.hash_data_descriptor;
  const MetadataEcho metadata(result.metadata, result.profile);

  WireWriter writer(out);
  writer.reserve(text_size(2, algorithm) + metadata.size(3) + delimited_size(4, value_length) +
                 delimited_size(6, descriptor.size()));
  writer.text(2, algorithm);
  metadata.write(writer, 3);
  if (hex) {
    const MutableBytes room = writer.room(4, value_length);
    write_hex(reinterpret_cast<char*>(room.data()), result.digest);
  } else {
    writer.bytes(5, result.digest);
  }
  writer.bytes(6, descriptor);
}

}  // namespace cryptobroker
