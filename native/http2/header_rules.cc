#include "native/http2/header_rules.h"

namespace cryptobroker {

using Kind = HeaderField::Kind;

bool HeaderRules::allow(const HeaderField& field, bool in_trailers) {
  switch (field.kind) {
    case Kind::kMalformed:
      return false;
    case Kind::kMethod:
    case Kind::kScheme:
    case Kind::kPath:
    case Kind::kAuthority:
      if (in_trailers || regular_seen_ || !once(field.kind)) {
        return false;
      }
      if (field.kind == Kind::kMethod) {
        method_ = field.value;
      } else if (field.kind == Kind::kPath) {
        path_ = field.value;
      } else if (field.kind == Kind::kScheme) {
        http_ = field.value != 0;
      }
      return true;
    case Kind::kHost:
      regular_seen_ = true;
      return once(field.kind);
    case Kind::kContentLength:
      regular_seen_ = true;
      length_ = field.value;
      return once(field.kind);
    default:
      regular_seen_ = true;
      return true;
  }
}

bool HeaderRules::begin_body() {
  if (method_ == HeaderField::kConnect) {
    length_ = kNotSaid;
    return has(Kind::kAuthority) && !has(Kind::kScheme) && !has(Kind::kPath);
  }
  if (!has(Kind::kMethod) || !has(Kind::kScheme) || !has(Kind::kPath) ||
      !(has(Kind::kAuthority) || has(Kind::kHost))) {
    return false;
  }
  return !http_ || path_ == HeaderField::kRegular ||
         (path_ == HeaderField::kAsterisk && method_ == HeaderField::kOptions);
}

bool HeaderRules::once(Kind kind) {
  const bool first = !has(kind);
  seen_ |= std::uint32_t{1} << static_cast<unsigned>(kind);
  return first;
}

bool HeaderRules::has(Kind kind) const {
  return (seen_ & std::uint32_t{1} << static_cast<unsigned>(kind)) != 0;
}

}  // namespace cryptobroker
