// The methods of a server by path.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "native/http2/http2_server.h"
#include "native/rpc/call_record.h"

namespace cryptobroker {

class MethodTable {
 public:
  explicit MethodTable(std::vector<Http2Method> methods) : methods_(std::move(methods)) {
    for (std::size_t i = 0; i < methods_.size(); ++i) {
      by_path_.emplace(methods_[i].path, static_cast<std::uint16_t>(i));
    }
  }
  MethodTable(const MethodTable&) = delete;
  MethodTable& operator=(const MethodTable&) = delete;

  // CallRecord::kUnknownMethod when there is none of this path.
  std::uint16_t find(std::string_view path) const {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? CallRecord::kUnknownMethod : found->second;
  }
  const Http2Method& operator[](std::uint16_t index) const { return methods_[index]; }

 private:
  // The keys of the map are views of the paths in here.
  std::vector<Http2Method> methods_;
  std::unordered_map<std::string_view, std::uint16_t> by_path_;
};

}  // namespace cryptobroker
