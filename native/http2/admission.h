// The places for connections that one listening socket has.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <list>

#include "native/http2/call_registry.h"

namespace cryptobroker {

class Connection;

// Shared by the threads. The count is everybody's; the lists of one thread are its own.
struct Admission {
  struct Lists {
    // Without a stream, longest first.
    std::list<Connection*> idle;
    // With streams that last and nothing else, those first of which nothing was heard for longest.
    std::list<Connection*> streaming;
    std::list<Connection*> busy;
  };

  std::atomic<std::size_t> taken = 0;
  std::array<Lists, CallRegistry::kThreads> lists;
};

}  // namespace cryptobroker
