// The algorithm number of a digest, from JavaScript.
#pragma once

#include "native/binding/values.h"
#include "native/crypto/digest.h"

namespace cryptobroker {

inline DigestId read_digest(ValueReader& reader, napi_value value) {
  const std::int64_t id = reader.integer(value, "algorithm", 0, kDigestCount - 1);
  return static_cast<DigestId>(id);
}

}  // namespace cryptobroker
