#include "native/http2/client_answer.h"

#include <utility>

#include "native/http2/client_session.h"

namespace cryptobroker {
namespace {

// As HTTP/2 counts a field (RFC 9113 §6.5.2).
constexpr std::size_t kFieldOverhead = 32;
constexpr std::string_view kGrpcContent = "application/grpc";

void append(std::vector<std::uint8_t>& out, std::uint32_t number) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&number);
  out.insert(out.end(), bytes, bytes + sizeof number);
}

void append(std::vector<std::uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

// application/grpc, with a suffix or parameters or without.
bool is_grpc(std::string_view type) {
  return type.starts_with(kGrpcContent) &&
         (type.size() == kGrpcContent.size() || type[kGrpcContent.size()] == '+' ||
          type[kGrpcContent.size()] == ';');
}

}  // namespace

ClientAnswer::ClientAnswer() {
  message_.begin({.keep_bytes = ClientSession::kMaxAnswerBytes,
                  .hard_bytes = ClientSession::kMaxAnswerBytes,
                  .secret = false});
}

bool ClientAnswer::add_field(std::string_view name, std::string_view value) {
  list_size_ += name.size() + value.size() + kFieldOverhead;
  if (list_size_ > ClientSession::kMaxHeaderListBytes) {
    return false;
  }
  if (name == ":status") {
    http_ok_ = value == "200";
    interim_ = value.starts_with('1');
  } else if (name == "content-type" && !has_head_) {
    grpc_ = is_grpc(value);
  } else if (name == "grpc-status") {
    status_ok_ = value == "0";
  }
  std::vector<std::uint8_t>& list = has_head_ ? trailers_ : head_;
  append(list, static_cast<std::uint32_t>(name.size()));
  append(list, static_cast<std::uint32_t>(value.size()));
  append(list, name);
  append(list, value);
  return true;
}

void ClientAnswer::end_of_fields() {
  list_size_ = 0;
  if (interim_) {
    interim_ = false;
    head_.clear();
  } else if (has_head_) {
    has_trailers_ = true;
  } else {
    has_head_ = true;
  }
}

ClientAnswer::Step ClientAnswer::add_data(Bytes chunk) {
  // What is not gRPC has no messages; the fields will say what it is.
  if (!grpc_ || !http_ok_) {
    return Step::kGood;
  }
  while (!chunk.empty()) {
    if (complete_) {
      return Step::kTooMany;
    }
    const MessageReader::Step step = message_.read(chunk);
    if (message_.begun() && message_.compressed()) {
      return Step::kCompressed;
    }
    if (step == MessageReader::Step::kTooLarge) {
      return Step::kTooLarge;
    }
    complete_ = step == MessageReader::Step::kMessage;
  }
  return Step::kGood;
}

std::vector<std::uint8_t> ClientAnswer::take_message() { return std::move(message_.message()); }

std::vector<std::uint8_t> ClientAnswer::take_fields(bool by_fields) const {
  std::vector<std::uint8_t> fields;
  fields.reserve(2 * sizeof(std::uint32_t) + head_.size() + trailers_.size());
  append(fields, static_cast<std::uint32_t>(!by_fields ? 0 : has_trailers_ ? 2 : 1));
  append(fields, static_cast<std::uint32_t>(head_.size()));
  fields.insert(fields.end(), head_.begin(), head_.end());
  fields.insert(fields.end(), trailers_.begin(), trailers_.end());
  return fields;
}

}  // namespace cryptobroker
