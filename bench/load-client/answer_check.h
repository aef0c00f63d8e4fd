// Whether an answer is the right one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"

namespace bench {

class AnswerCheck {
 public:
  explicit AnswerCheck(const Options& options) : options_(options) {}

  // `framed`: the whole body, prefix and message. Empty when all is well, otherwise what is wrong.
  std::string check(const std::vector<std::uint8_t>& framed);

  // Bytes of the last message.
  std::size_t message_bytes() const { return message_bytes_; }

 private:
  const Options& options_;
  std::vector<std::uint8_t> first_;
  std::size_t message_bytes_ = 0;
};

}  // namespace bench
