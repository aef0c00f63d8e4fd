// The headers that say where a call belongs, kept while they come in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "native/rpc/trace_parent.h"

namespace cryptobroker {

struct TraceHeaders {
  // More than the part of a parent that every version has, and what shows that more follows.
  static constexpr std::size_t kMostParent = 64;
  // One more than is passed on.
  static constexpr std::size_t kMostState = TraceParent::kLongestState + 1;

  // At most so many octets: an open call keeps them, whatever its client sends.
  std::string parent;
  std::string state;

  // Any header; those of others are passed over.
  void read(std::string_view name, std::string_view value) {
    if (name == "traceparent") {
      join(parent, value, kMostParent);
    } else if (name == "tracestate") {
      join(state, value, kMostState);
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
  // Fields of one name are one list (RFC 9110 §5.3). Of a longer one as much is kept as its readers
  // come to the same by: that it is too long, and whether there is a comma in it.
  static void join(std::string& to, std::string_view value, std::size_t most) {
    if (!to.empty()) {
      to.append(", ");
    }
    to.append(value.substr(0, most));
    if (to.size() > most || value.size() > most) {
      const bool comma = to.find(',', most) != to.npos || value.find(',', most) != value.npos;
      to.resize(most);
      if (comma) {
        to.back() = ',';
      }
    }
  }
};

}  // namespace cryptobroker
