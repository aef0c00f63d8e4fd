#include "native/crypto/ca_cache.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <utility>
#include <vector>

#include "native/crypto/der_reader.h"
#include "native/crypto/x509_ca.h"

namespace cryptobroker {

struct CaCache::State {
  struct Entry {
    std::vector<std::uint8_t> sha256;
    std::shared_ptr<const ParsedCa> ca;
    Clock::time_point expires;
  };

  // Most recently used first. At most 64 entries: a walk through them costs less than a hash table
  // would.
  std::list<Entry> entries;
  std::size_t capacity;
  std::chrono::seconds lifetime;
  mutable std::mutex mutex;

  std::list<Entry>::iterator position_of(Bytes sha256) {
    return std::ranges::find_if(
        entries, [&](const Entry& entry) { return same_bytes(entry.sha256, sha256); });
  }
};

CaCache::CaCache(std::size_t entries, std::chrono::seconds lifetime)
    : state_(std::make_unique<State>()) {
  state_->capacity = entries;
  state_->lifetime = lifetime;
}

CaCache::~CaCache() = default;

std::shared_ptr<const ParsedCa> CaCache::find(Bytes sha256, Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  // Not the one asked for alone: a key nobody asks for again must not outstay its time either.
  std::erase_if(state_->entries, [&](const State::Entry& entry) { return entry.expires <= now; });
  const auto found = state_->position_of(sha256);
  if (found == state_->entries.end()) {
    return nullptr;
  }
  state_->entries.splice(state_->entries.begin(), state_->entries, found);
  return found->ca;
}

void CaCache::insert(Bytes sha256, std::shared_ptr<const ParsedCa> ca, Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  const auto known = state_->position_of(sha256);
  if (known != state_->entries.end()) {
    state_->entries.erase(known);
  }
  state_->entries.push_front(
      {{sha256.begin(), sha256.end()}, std::move(ca), now + state_->lifetime});
  if (state_->entries.size() > state_->capacity) {
    state_->entries.pop_back();
  }
}

std::size_t CaCache::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->entries.size();
}

}  // namespace cryptobroker
