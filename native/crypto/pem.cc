#include "native/crypto/pem.h"

#include "native/crypto/base64.h"

namespace cryptobroker {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kSpace = " \t\r";

std::string_view without_trailing_space(std::string_view line) {
  const std::size_t last = line.find_last_not_of(kSpace);
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

// Takes the next line off `rest`, without its end and the spaces before it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return without_trailing_space(line);
}

// The label of a boundary line that starts with `prefix`.
std::optional<std::string_view> boundary_label(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix) || !line.ends_with(kDashes) ||
      line.size() < prefix.size() + kDashes.size()) {
    return std::nullopt;
  }
  return line.substr(prefix.size(), line.size() - prefix.size() - kDashes.size());
}

// Headers are lines with a colon, which base64 never has, and their folded continuations, up to an
// empty line.
bool take_headers(std::string_view& body) {
  bool encrypted = false;
  std::string_view rest = body;
  while (take_line(rest).find(':') != std::string_view::npos) {
    const std::string_view block = body.substr(0, body.size() - rest.size());
    encrypted =
        encrypted || (block.starts_with("Proc-Type:") && block.find("ENCRYPTED") != block.npos);
    while (rest.starts_with(' ') || rest.starts_with('\t')) {
      take_line(rest);
    }
    body = rest;
  }
  return encrypted;
}

}  // namespace

std::optional<SecretBytes> PemBlock::decode() const { return decode_base64(base64); }

PemScanner::PemScanner(Bytes text)
    : rest_(reinterpret_cast<const char*>(text.data()), text.size()) {}

std::optional<PemBlock> PemScanner::next() {
  std::optional<std::string_view> label;
  while (!label) {
    if (rest_.empty()) {
      return std::nullopt;
    }
    label = boundary_label(take_line(rest_), kBegin);
  }

  const std::string_view body_and_more = rest_;
  while (!rest_.empty()) {
    const std::string_view before = rest_;
    const std::string_view line = take_line(rest_);
    if (!line.starts_with(kDashes)) {
      continue;
    }
    if (boundary_label(line, kEnd) != label) {
      break;
    }
    std::string_view body = body_and_more.substr(0, body_and_more.size() - before.size());
    const bool encrypted = take_headers(body);
    return PemBlock{*label, encrypted, body};
  }
  rest_ = {};
  return std::nullopt;
}

std::string encode_pem(std::string_view label, Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() * 3 / 2 + 2 * (label.size() + 32));
  out.append(kBegin).append(label).append(kDashes).append("\n");
  append_base64_lines(out, bytes);
  out.append(kEnd).append(label).append(kDashes).append("\n");
  return out;
}

}  // namespace cryptobroker
