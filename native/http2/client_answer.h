// The answer to one unary call as it comes in: header fields, one message, trailers
// (PROTOCOL-HTTP2, Responses).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/http2/grpc_frame.h"

namespace cryptobroker {

class ClientAnswer {
 public:
  enum class Step : std::uint8_t { kGood, kTooLarge, kCompressed, kTooMany };

  ClientAnswer();

  // One field of the list that has begun. False when the list is too long.
  bool add_field(std::string_view name, std::string_view value);
  // The list is whole. An interim answer (RFC 9110 §15.2) is forgotten.
  void end_of_fields();
  Step add_data(Bytes chunk);

  // True within a message.
  bool partial() const { return message_.begun() && !complete_; }
  // True when there is a message, and trailers that say that all went well.
  bool well() const { return grpc_ && http_ok_ && status_ok_ && complete_; }

  std::vector<std::uint8_t> take_message();
  // The lists for a reader that judges them: how the stream ended (0: with data; 1: with the head;
  // 2: with trailers), the length of the head, the head, the trailers. A list is, for every field,
  // the lengths of name and value and both. Numbers have 32 bits in the machine's order.
  std::vector<std::uint8_t> take_fields(bool by_fields) const;

 private:
  std::vector<std::uint8_t> head_;
  std::vector<std::uint8_t> trailers_;
  std::size_t list_size_ = 0;
  bool has_head_ = false;
  bool has_trailers_ = false;
  bool interim_ = false;
  bool http_ok_ = false;
  bool grpc_ = false;
  bool status_ok_ = false;
  bool complete_ = false;
  MessageReader message_;
};

}  // namespace cryptobroker
