#include "native/http2/header_reader.h"

namespace cryptobroker {
namespace {

// As HTTP/2 counts a header (RFC 9113 §6.5.2).
constexpr std::size_t kHeaderOverhead = 32;

}  // namespace

void HeaderReader::begin(bool of_request) {
  place_ = 0;
  bytes_ = 0;
  as_before_ = of_request && known_whole_;
  if (as_before_) {
    next_ = known_.data();
    end_ = next_ + known_.size();
  } else {
    next_ = end_ = nullptr;
    current_ = {};
    all_kept_ = true;
  }
}

HeaderReader::Verdict HeaderReader::read(std::string_view name, std::string_view value) {
  if (as_before_) {
    catch_up();
  }
  known_whole_ = false;
  return add(understand(name, value), name, value);
}

HeaderReader::Verdict HeaderReader::read_trailer(HeaderRules& rules, std::string_view name,
                                                 std::string_view value) {
  return rules.allow(read_header_field(name, value), true) ? count(name, value)
                                                           : Verdict::kMalformed;
}

const RequestHeaders& HeaderReader::finish() {
  if (as_before_) {
    if (next_ == end_) {
      return last_;
    }
    catch_up();
  }
  known_whole_ = all_kept_;
  if (known_whole_) {
    known_.resize(place_);
    last_ = current_;
  }
  return current_;
}

// Something is other than before: what the fields so far say has to be put together. They are the
// first ones of a list in which nothing was wrong.
void HeaderReader::catch_up() {
  as_before_ = false;
  current_ = {};
  all_kept_ = true;
  for (const Known* known = known_.data(); known != next_; ++known) {
    add(known->field, known->name(), known->value());
  }
  next_ = end_ = nullptr;
}

HeaderField HeaderReader::understand(std::string_view name, std::string_view value) {
  if (place_ < known_.size() && known_[place_].is(name, value)) {
    return known_[place_].field;
  }
  HeaderField field = read_header_field(name, value);
  if (field.kind == HeaderField::Kind::kPath) {
    field.method = methods_.find(value);
  }
  keep(name, value, field);
  return field;
}

void HeaderReader::keep(std::string_view name, std::string_view value, const HeaderField& field) {
  if (place_ >= kPlaces || place_ > known_.size() || name.size() + value.size() > kLongest) {
    all_kept_ = false;
    return;
  }
  if (place_ == known_.size()) {
    known_.emplace_back();
  }
  Known& known = known_[place_];
  known.field = field;
  known.name_size = static_cast<std::uint8_t>(name.size());
  known.value_size = static_cast<std::uint8_t>(value.size());
  name.copy(known.text.data(), name.size());
  value.copy(known.text.data() + name.size(), value.size());
}

HeaderReader::Verdict HeaderReader::add(const HeaderField& field, std::string_view name,
                                        std::string_view value) {
  if (!current_.rules.allow(field, false)) {
    return Verdict::kMalformed;
  }
  if (field.kind == HeaderField::Kind::kPath) {
    current_.method = field.method;
    if (field.method == CallRecord::kUnknownMethod) {
      current_.path.assign(value);
    }
  } else {
    current_.head.read(field);
    if (traced_ && field.kind == HeaderField::Kind::kOther) {
      current_.trace.read(name, value);
    }
  }
  return count(name, value);
}

HeaderReader::Verdict HeaderReader::count(std::string_view name, std::string_view value) {
  ++place_;
  bytes_ += name.size() + value.size() + kHeaderOverhead;
  return place_ <= limits_.max_header_fields && bytes_ <= limits_.max_header_list_bytes
             ? Verdict::kFine
             : Verdict::kTooLong;
}

}  // namespace cryptobroker
