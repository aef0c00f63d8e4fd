// The line of a finished call.
#include <string>

#include "native/bench/hot_path.h"
#include "native/dataplane/log_line.h"

namespace cryptobroker::bench {
namespace {

constexpr std::int64_t kStart = 1'800'000'000'000'000;
// Ten calls a millisecond: most lines have the time stamp of the one before.
constexpr std::int64_t kMicrosecondsBetween = 100;

class LogLinePath final : public HotPath {
 public:
  LogLinePath() {
    record_.method = 0;
    record_.finished_unix_us = kStart;
    record_.duration_ns = 12'345;
    record_.request_bytes = 155;
    record_.response_bytes = 190;
    record_.profile.assign("Default");
    record_.correlation_id.assign("5f0c4a30-8f0a-4b5e-9d0e-1c2b3a495867");
  }

  const char* name() const override { return "log_line"; }

  void prepare() override {
    lines_.clear();
    record_.finished_unix_us += kMicrosecondsBetween;
  }

  void run() override {
    append_log_line(lines_, record_, "/CryptoBroker.CryptoGrpc/HashData", "cryptobroker");
  }

  void check() override {
    require(lines_.starts_with("{\"level\":\"INFO\"") && lines_.ends_with("}\n"),
            "there is a line");
  }

 private:
  CallRecord record_;
  std::string lines_;
};

}  // namespace

std::unique_ptr<HotPath> log_line_path() { return std::make_unique<LogLinePath>(); }

}  // namespace cryptobroker::bench
