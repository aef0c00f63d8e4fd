// A header list of ours on its way to a client.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cryptobroker {

struct HeaderList {
  // Those that are sent again and again.
  enum class Kind : std::uint8_t { kResponse, kSuccess, kSuccessOnly, kVarying };
  static constexpr std::size_t kConstantKinds = 3;

  std::span<const nghttp2_nv> fields;
  Kind kind = Kind::kVarying;
  // Two lists of a kind and an edition are the same, unless it is kVarying.
  std::int64_t edition = 0;
};

}  // namespace cryptobroker
