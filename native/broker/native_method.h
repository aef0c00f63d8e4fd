// A method that is answered in C++: protobuf bytes in, protobuf bytes out. It knows neither HTTP/2
// nor JavaScript. One wire generation of a method is one object with its own path and codec over
// the common operation, exactly as in src/broker/method-table.ts.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "native/rpc/answer.h"

namespace cryptobroker {

// What is left to do of a call, for a thread of the pool. Owns all it needs and wipes what is
// secret.
class CallWork {
 public:
  virtual ~CallWork() = default;
  // Fills in the response, or the failure. Nothing throws.
  virtual void run(Answer& answer) = 0;
};

class NativeMethod {
 public:
  virtual ~NativeMethod() = default;
  // `/package.Service/Method`.
  virtual std::string_view path() const = 0;
  // True when requests hold key material: whoever holds their bytes last wipes them.
  virtual bool secret() const = 0;
  // Reads a whole request message of at most 2 MiB and answers it, or returns what a pool thread
  // has to do for it. May take `message` away (move it). Thread-safe; never blocks; never throws.
  // `answer.facts` is filled in as soon as the request could be read.
  virtual std::unique_ptr<CallWork> begin(std::vector<std::uint8_t>& message,
                                          Answer& answer) const = 0;
};

}  // namespace cryptobroker
