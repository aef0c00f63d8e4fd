#include "native/http2/header_packer.h"

#include <algorithm>

namespace cryptobroker {
namespace {

// What our side of the table takes at most, whatever a client allows: as much as it may be sent
// before it says anything (RFC 9113 §6.5.2).
constexpr std::size_t kTableBytes = 4096;
constexpr std::uint8_t kIndexed = 0x80;  // RFC 7541 §6.1

}  // namespace

HeaderPacker::~HeaderPacker() {
  if (deflater_ != nullptr) {
    nghttp2_hd_deflate_del(deflater_);
  }
}

bool HeaderPacker::start() { return nghttp2_hd_deflate_new(&deflater_, kTableBytes) == 0; }

void HeaderPacker::limit_table(std::uint32_t bytes) {
  ++table_;
  // Cannot fail in our direction: it lets go of memory.
  nghttp2_hd_deflate_change_table_size(deflater_, bytes);
}

std::optional<Bytes> HeaderPacker::pack_anew(const HeaderList& list) {
  const nghttp2_nv* fields = list.fields.data();
  const std::size_t count = list.fields.size();
  block_.resize(nghttp2_hd_deflate_bound(deflater_, fields, count));
  const nghttp2_ssize size =
      nghttp2_hd_deflate_hd2(deflater_, block_.data(), block_.size(), fields, count);
  if (size < 0) {
    return std::nullopt;
  }
  const Bytes block = Bytes(block_).first(static_cast<std::size_t>(size));
  keep(block, list);
  return block;
}

void HeaderPacker::keep(Bytes block, const HeaderList& list) {
  // An index of more than one byte is as good as none: there are never so many entries.
  const bool indices =
      block.size() == list.fields.size() &&
      std::all_of(block.begin(), block.end(), [](auto byte) { return (byte & kIndexed) != 0; });
  if (!indices) {
    ++table_;
    return;
  }
  if (list.kind == HeaderList::Kind::kVarying || block.size() > kMostFields) {
    return;
  }
  Packed& packed = packed_[static_cast<std::size_t>(list.kind)];
  packed = {.table = table_, .edition = list.edition, .size = block.size()};
  std::copy(block.begin(), block.end(), packed.bytes.begin());
}

}  // namespace cryptobroker
