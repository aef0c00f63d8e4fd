// HashData: hashes with the algorithm of the profile. The operation is in no particular generation
// of the wire; a generation is a HashDataWire, one row of hash_data_wire.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "native/broker/compiled_policies.h"
#include "native/broker/native_method.h"
#include "native/broker/request_metadata.h"
#include "native/broker/service_state.h"
#include "native/broker/wire_reader.h"
#include "native/crypto/bytes.h"

namespace cryptobroker {

enum class HashFormat : std::uint8_t { kHex, kRaw };

// Views of the request message.
struct HashDataRequest {
  std::string_view profile;
  Bytes input;
  std::optional<RequestMetadata> metadata;
  HashFormat format = HashFormat::kHex;
};

struct HashDataResult {
  Bytes digest;
  HashFormat format;
  const std::optional<RequestMetadata>& metadata;
  const CompiledProfile& profile;
};

// How one generation of the wire spells the method.
struct HashDataWire {
  // `/package.Service/Method`
  std::string_view path;
  // Reads a whole request; what is wrong with it is noted in the reader's WireCheck.
  void (*decode)(WireReader reader, HashDataRequest& request);
  // Appends a response.
  void (*encode)(const HashDataResult& result, std::vector<std::uint8_t>& out);
};

// `wire` and `state` outlive the method.
std::unique_ptr<NativeMethod> make_hash_data(const HashDataWire& wire, const ServiceState& state);

}  // namespace cryptobroker
