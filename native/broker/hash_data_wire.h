// The generations of HashData's messages that are served. A further one is a further row.
#pragma once

#include <array>

#include "native/broker/hash_data.h"

namespace cryptobroker {

// HashData of package CryptoBroker, as clients of 0.4 and 0.5 speak it.
void decode_hash_data_request(WireReader reader, HashDataRequest& request);
void encode_hash_data_response(const HashDataResult& result, std::vector<std::uint8_t>& out);

inline constexpr std::array<HashDataWire, 1> kHashDataWires = {{
    {"/CryptoBroker.CryptoGrpc/HashData", decode_hash_data_request, encode_hash_data_response},
}};

}  // namespace cryptobroker
