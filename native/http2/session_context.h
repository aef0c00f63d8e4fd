// What the sessions of one thread share.
#pragma once

#include <cstdint>
#include <vector>

#include "native/http2/call_registry.h"
#include "native/http2/clock.h"
#include "native/http2/fault_log.h"
#include "native/http2/http2_server.h"
#include "native/http2/method_table.h"
#include "native/http2/response_headers.h"
#include "native/http2/server_totals.h"
#include "native/http2/stream_ledger.h"
#include "native/http2/timer_queue.h"

namespace cryptobroker {

// What all threads share. Outlives them.
struct ServerShared {
  ServerShared(std::vector<Http2Method> table, const Http2Limits& bounds, ServerObserver& told)
      : methods(std::move(table)), limits(bounds), observer(told), faults(told) {}

  MethodTable methods;
  Http2Limits limits;
  ServerObserver& observer;
  bool traced = false;
  FaultLog faults;
  ServerTotals totals;
  StreamLedger streams;
};

struct SessionContext {
  SessionContext(ServerShared& all, Clock& time, std::size_t thread)
      : shared(all), clock(time), calls(thread) {}

  ServerShared& shared;
  Clock& clock;
  TimerQueue timers;
  CallRegistry calls;
  ResponseHeaders headers;
  // Filled by the handler that is running; there is one at a time.
  Answer answer;
  // Frames on their way into a socket. What it does not take moves to its session.
  std::vector<std::uint8_t> output;
};

}  // namespace cryptobroker
