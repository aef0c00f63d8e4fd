#include "native/dataplane/record_queue.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cryptobroker {
namespace {

constexpr std::size_t kTexts = 5;

// A record without its texts, which follow it in the order of `lengths`.
struct StoredRecord {
  std::string_view code;
  std::int64_t finished_unix_us;
  std::int64_t duration_ns;
  std::uint32_t request_bytes;
  std::uint32_t response_bytes;
  std::uint16_t method;
  GrpcStatus status;
  bool core_fault;
  std::array<std::uint8_t, kTexts> lengths;
};
static_assert(std::is_trivially_copyable_v<StoredRecord>);

std::array<std::string_view, kTexts> texts_of(const CallRecord& record) {
  return {record.profile.view(), record.correlation_id.view(), record.incident.view(),
          record.path.view(), record.trace_id.view()};
}

}  // namespace

RecordQueue::RecordQueue(std::size_t capacity_bytes) { bytes_.reserve(capacity_bytes); }

bool RecordQueue::add(const CallRecord& record) {
  const auto texts = texts_of(record);
  StoredRecord stored{record.code,          record.finished_unix_us, record.duration_ns,
                      record.request_bytes, record.response_bytes,   record.method,
                      record.status,        record.core_fault,       {}};
  std::size_t length = sizeof(stored);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    stored.lengths[i] = static_cast<std::uint8_t>(texts[i].size());
    length += texts[i].size();
  }
  if (length > bytes_.capacity() - filled_) {
    return false;
  }
  bytes_.resize(std::max(bytes_.size(), filled_ + length));
  std::uint8_t* to = bytes_.data() + filled_;
  std::memcpy(to, &stored, sizeof(stored));
  to += sizeof(stored);
  for (const std::string_view text : texts) {
    if (!text.empty()) {
      std::memcpy(to, text.data(), text.size());
      to += text.size();
    }
  }
  filled_ += length;
  return true;
}

void RecordQueue::swap(RecordQueue& other) noexcept {
  bytes_.swap(other.bytes_);
  std::swap(filled_, other.filled_);
  std::swap(taken_, other.taken_);
}

bool RecordQueue::take(CallRecord& record) {
  if (taken_ == filled_) {
    return false;
  }
  StoredRecord stored;
  const std::uint8_t* from = bytes_.data() + taken_;
  std::memcpy(&stored, from, sizeof(stored));
  from += sizeof(stored);
  const auto text = [&](std::size_t index) {
    const std::string_view found(reinterpret_cast<const char*>(from), stored.lengths[index]);
    from += found.size();
    return found;
  };
  record.method = stored.method;
  record.status = stored.status;
  record.taken = false;
  record.core_fault = stored.core_fault;
  record.code = stored.code;
  record.finished_unix_us = stored.finished_unix_us;
  record.duration_ns = stored.duration_ns;
  record.request_bytes = stored.request_bytes;
  record.response_bytes = stored.response_bytes;
  record.profile.assign(text(0));
  record.correlation_id.assign(text(1));
  record.incident.assign(text(2));
  record.path.assign(text(3));
  record.trace_id.assign(text(4));
  taken_ = static_cast<std::size_t>(from - bytes_.data());
  if (taken_ == filled_) {
    taken_ = 0;
    filled_ = 0;
  }
  return true;
}

}  // namespace cryptobroker
