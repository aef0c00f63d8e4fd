// Parsed CA keys and certificates, kept for a while by the SHA-256 of what the caller sent. Off
// unless the operator asks for it: it is a store of secrets. Bounded in entries and in time; an
// entry's key is cleansed when it leaves.
#pragma once

#include <openssl/types.h>

#include <chrono>
#include <cstddef>
#include <memory>

#include "native/crypto/bytes.h"

namespace cryptobroker {

struct ParsedCa;  // x509_ca.h: the key pair and what of the certificate issuing needs

class CaCache {
 public:
  using Clock = std::chrono::steady_clock;
  // entries: 1 to 64. The time is given to each call, so that tests need no sleep.
  CaCache(std::size_t entries, std::chrono::seconds lifetime);
  ~CaCache();
  CaCache(const CaCache&) = delete;
  CaCache& operator=(const CaCache&) = delete;

  // Key: SHA-256 over key and certificate as sent, computed by the caller.
  std::shared_ptr<const ParsedCa> find(Bytes sha256, Clock::time_point now);
  void insert(Bytes sha256, std::shared_ptr<const ParsedCa> ca, Clock::time_point now);
  std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cryptobroker
