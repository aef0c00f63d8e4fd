// What a request is refused with: a stable code and words that its caller may read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "native/broker/stable_code.h"

namespace cryptobroker {

struct Refusal {
  StableCode code = StableCode::INTERNAL;
  // Begins with the field it is about: `csr: required`.
  std::string message;
};

// Nothing when all is well.
using Checked = std::optional<Refusal>;

inline Refusal refuse(StableCode code, std::string_view field, std::string_view message) {
  return {code, std::string(field).append(": ").append(message)};
}

}  // namespace cryptobroker
