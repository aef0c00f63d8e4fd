// The headers that say where a call belongs, kept while they come in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "native/rpc/trace_parent.h"

namespace cryptobroker {

struct TraceHeaders {
  std::string parent;
  std::string state;

  // Any header; those of others are passed over.
  void read(std::string_view name, std::string_view value) {
    if (name == "traceparent") {
      join(parent, value);
    } else if (name == "tracestate") {
      join(state, value);
    }
  }

  std::optional<TraceParent> parsed() const {
    return parent.empty() ? std::nullopt : parse_traceparent(parent, state);
  }

  void clear() {
    parent.clear();
    state.clear();
  }

 private:
  // Fields of one name are one list (RFC 9110 §5.3).
  static void join(std::string& to, std::string_view value) {
    if (!to.empty()) {
      to.append(", ");
    }
    to.append(value);
  }
};

}  // namespace cryptobroker
