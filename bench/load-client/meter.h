// The window that counts: what is recorded outside of it is forgotten.
#pragma once

#include <unistd.h>

#include <cstdint>

#include "clocks.h"
#include "result.h"

namespace bench {

class Meter {
 public:
  explicit Meter(pid_t server) : server_(server) {}

  bool measuring() const { return measuring_; }
  Result& result() { return result_; }

  void start() {
    print_note("measuring");
    measuring_ = true;
    client_cpu_ = processor_time(getpid());
    server_cpu_ = server_time();
    started_ = now();
  }

  void stop() {
    result_.elapsed = now() - started_;
    result_.server_cpu = server_time() - server_cpu_;
    result_.client_cpu = processor_time(getpid()) - client_cpu_;
    measuring_ = false;
    print_note("measured");
  }

 private:
  std::uint64_t server_time() const { return server_ > 0 ? processor_time(server_) : 0; }

  pid_t server_;
  bool measuring_ = false;
  Result result_;
  std::uint64_t started_ = 0;
  std::uint64_t client_cpu_ = 0;
  std::uint64_t server_cpu_ = 0;
};

}  // namespace bench
