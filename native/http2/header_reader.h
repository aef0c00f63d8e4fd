// The header list of a request while it comes in. A client sends much the same with every request,
// so what the fields of the last one said is kept by their places: as long as the same fields come
// again nothing is looked at twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "native/http2/header_rules.h"
#include "native/http2/http2_server.h"
#include "native/http2/method_table.h"
#include "native/http2/request_head.h"
#include "native/http2/same_bytes.h"
#include "native/http2/trace_headers.h"

namespace cryptobroker {

// What a header list says.
struct RequestHeaders {
  HeaderRules rules;
  RequestHead head;
  // CallRecord::kUnknownMethod: see `path`.
  std::uint16_t method = CallRecord::kUnknownMethod;
  std::string path;
  // Empty unless calls are traced.
  TraceHeaders trace;
};

class HeaderReader {
 public:
  enum class Verdict : std::uint8_t { kFine, kMalformed, kTooLong };

  // Both outlive it.
  HeaderReader(const MethodTable& methods, const Http2Limits& limits, bool traced)
      : methods_(methods), limits_(limits), traced_(traced) {}

  // Before each list.
  void begin(bool of_request);
  // The next field of a request: if it is again the one that was there in the last request, that is
  // all, and otherwise read() has to be called for it.
  bool skip(std::string_view name, std::string_view value) {
    if (next_ == end_ || !next_->is(name, value)) {
      return false;
    }
    ++next_;
    return true;
  }
  // Whatever is not fine ends the list.
  Verdict read(std::string_view name, std::string_view value);
  // The next field of trailers, which say nothing to us.
  Verdict read_trailer(HeaderRules& rules, std::string_view name, std::string_view value);
  // The list of a request is whole. Nothing more is read into it, and it is read from until the
  // next begins.
  const RequestHeaders& finish();

 private:
  static constexpr std::size_t kPlaces = 16;
  static constexpr std::size_t kLongest = 128;

  struct Known {
    std::string_view name() const { return {text.data(), name_size}; }
    std::string_view value() const { return {text.data() + name_size, value_size}; }
    bool is(std::string_view other_name, std::string_view other_value) const {
      return same_bytes(value(), other_value) && same_bytes(name(), other_name);
    }

    HeaderField field;
    std::uint8_t name_size = 0;
    std::uint8_t value_size = 0;
    // The name, and behind it the value.
    std::array<char, kLongest> text;
  };

  void catch_up();
  HeaderField understand(std::string_view name, std::string_view value);
  void keep(std::string_view name, std::string_view value, const HeaderField& field);
  Verdict add(const HeaderField& field, std::string_view name, std::string_view value);
  Verdict count(std::string_view name, std::string_view value);

  const MethodTable& methods_;
  const Http2Limits& limits_;
  const bool traced_;

  // Of the list that is coming in: how many fields, how many bytes, and what they say.
  std::size_t place_ = 0;
  std::size_t bytes_ = 0;
  RequestHeaders current_;
  // As long as it is the one in `last_` none of that is up to date: up to `next_` it was that.
  bool as_before_ = false;
  const Known* next_ = nullptr;
  const Known* end_ = nullptr;
  // Each of its fields is in `known_`.
  bool all_kept_ = true;

  // Fields by their places in lists of late.
  std::vector<Known> known_;
  // They are one list in which nothing was wrong, and what that says is in `last_`.
  bool known_whole_ = false;
  RequestHeaders last_;
};

}  // namespace cryptobroker
