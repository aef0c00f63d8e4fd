// The header blocks of one connection's responses (RFC 7541). nghttp2's deflater makes them, but
// not the one within its session, which looks every field up for every response. A block of nothing
// but indices leaves the table as it was; until something else changes that, the same list is
// packed into the same bytes, and those are kept.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/crypto/bytes.h"
#include "native/http2/header_list.h"

namespace cryptobroker {

class HeaderPacker {
 public:
  HeaderPacker() = default;
  ~HeaderPacker();
  HeaderPacker(const HeaderPacker&) = delete;
  HeaderPacker& operator=(const HeaderPacker&) = delete;

  // First of all. False when there is no memory.
  bool start();
  // What the client's SETTINGS say that its table may take.
  void limit_table(std::uint32_t bytes);
  // The block that goes out next: blocks have to leave in the order in which they were packed.
  // Valid until the next; nothing when there is no memory.
  std::optional<Bytes> pack(const HeaderList& list) {
    if (list.kind != HeaderList::Kind::kVarying) {
      const Packed& packed = packed_[static_cast<std::size_t>(list.kind)];
      if (packed.table == table_ && packed.edition == list.edition) {
        return Bytes(packed.bytes.data(), packed.size);
      }
    }
    return pack_anew(list);
  }

 private:
  static constexpr std::size_t kMostFields = 8;
  struct Packed {
    // Of the table that it refers to; 0: there is none.
    std::uint64_t table = 0;
    std::int64_t edition = 0;
    std::size_t size = 0;
    std::array<std::uint8_t, kMostFields> bytes{};
  };

  std::optional<Bytes> pack_anew(const HeaderList& list);
  void keep(Bytes block, const HeaderList& list);

  nghttp2_hd_deflater* deflater_ = nullptr;
  // Counts what may have been changes of the table.
  std::uint64_t table_ = 1;
  std::array<Packed, HeaderList::kConstantKinds> packed_;
  // The last one that was not kept.
  std::vector<std::uint8_t> block_;
};

}  // namespace cryptobroker
