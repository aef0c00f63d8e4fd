// Words of the caller's in messages of ours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace cryptobroker {

// `text` in quotes, with what is not printable ASCII replaced, cut after 40 characters: fit for an
// error message or a log line.
inline std::string shown(std::string_view text) {
  constexpr std::size_t kEnough = 40;
  std::string out(text.substr(0, kEnough));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return "'" + out + (text.size() > kEnough ? "...'" : "'");
}

}  // namespace cryptobroker
