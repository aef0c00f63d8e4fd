#include "answer_check.h"

#include <algorithm>
#include <cstddef>

namespace bench {
namespace {

// PROTOCOL-HTTP2: compressed flag, big-endian length.
constexpr std::size_t kPrefix = 5;

std::size_t stated_length(const std::vector<std::uint8_t>& framed) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) {
    length = length << 8 | framed[i];
  }
  return length;
}

}  // namespace

std::string AnswerCheck::check(const std::vector<std::uint8_t>& framed) {
  if (framed.size() < kPrefix || framed[0] != 0 ||
      stated_length(framed) != framed.size() - kPrefix) {
    return "an answer that is not one whole message";
  }
  message_bytes_ = framed.size() - kPrefix;
  if (options_.same_answers && !first_.empty()) {
    return framed == first_ ? "" : "an answer that is not the same as the first";
  }
  if (!options_.contains.empty() &&
      std::search(framed.begin() + kPrefix, framed.end(), options_.contains.begin(),
                  options_.contains.end()) == framed.end()) {
    return "an answer without the bytes that belong in it";
  }
  if (options_.same_answers) {
    first_ = framed;
  }
  return "";
}

}  // namespace bench
