// Metadata of requests and responses, as the generations of the wire spell them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "native/broker/compiled_policies.h"
#include "native/broker/request_metadata.h"
#include "native/broker/wire_reader.h"
#include "native/broker/wire_writer.h"

namespace cryptobroker {

// Reads the metadata message that `reader` has just met, in place of what was read before. Field 2
// is not ours to read (proto/cryptobroker/server_view.proto).
void read_metadata(WireReader& reader, std::optional<RequestMetadata>& metadata);

// Metadata of a response from version 0.4 on: the request's, and a notice when the profile is
// outdated. Views; valid as long as both.
class MetadataEcho {
 public:
  MetadataEcho(const std::optional<RequestMetadata>& request, const CompiledProfile& profile)
      : request_(request), deprecation_(profile.deprecation) {}

  // Of the whole field; 0 when there is nothing to say.
  std::size_t size(std::uint32_t field) const;
  void write(WireWriter& writer, std::uint32_t field) const;

 private:
  bool absent() const { return !request_ && !deprecation_; }
  std::size_t content_size() const;

  const std::optional<RequestMetadata>& request_;
  const std::optional<std::vector<std::uint8_t>>& deprecation_;
};

}  // namespace cryptobroker
