// What is remembered of calls that have ended and of failures, until the script takes it: counters,
// records for the log and for spans, incidents, faults.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/crypto/errors.h"
#include "native/dataplane/call_counters.h"
#include "native/dataplane/data_plane.h"
#include "native/dataplane/delayed_signal.h"
#include "native/dataplane/record_queue.h"
#include "native/dataplane/span_queue.h"
#include "native/dataplane/span_sampler.h"
#include "native/http2/http2_server.h"

namespace cryptobroker {

class CallLog final : public ServerObserver {
 public:
  struct Options {
    // The server's methods; the first `script_methods` of them are the script's.
    std::vector<std::string> paths;
    std::size_t script_methods = 0;
    bool log_calls = true;
    std::string service;
    // Bytes of records that may wait for the script.
    std::size_t capacity = 4 * 1024 * 1024;
    // As in DataPlane.
    std::optional<SpanSampling> spans;
    // Spans that may wait for the script.
    std::size_t span_capacity = 8192;
    std::function<void()> wake;
  };

  // INTERNAL when the system gives no thread.
  static Result<std::unique_ptr<CallLog>> start(Options options);

  void finished(const CallRecord& record, std::string_view cause) override;
  void fault(std::string_view what) override;

  // As in DataPlane.
  std::string take_lines(std::size_t max_bytes);
  std::vector<SpanRecord> take_spans();
  std::vector<Incident> take_incidents();
  std::vector<std::string> take_faults();
  std::uint64_t lost_records() const;
  std::vector<CallCounter> counters() const;
  std::string_view path(std::uint16_t method) const;

 private:
  explicit CallLog(Options options);
  // What remains to be done without the lock.
  struct Next {
    bool arm = false;
    bool wake = false;
  };
  Next add_record(const CallRecord& record);
  Next add_span(const CallRecord& record);
  // Something has come that can wait a little, or not when there is a good deal of it.
  Next come_soon(bool plenty);
  void add_fault(std::string_view what);
  // What was lost of a kind, and how much of it is known.
  struct Losses {
    std::uint64_t count = 0;
    std::uint64_t reported = 0;
    std::chrono::steady_clock::time_point reported_at{};
  };
  // Tells of losses that are not known yet, now and then. True when the script is to be woken.
  bool report(Losses& losses, std::string_view what);
  void act(Next next);
  void on_delay();
  // Fills in the first record of the next batch. False when there is none.
  bool next_batch();
  // For a script that has not taken all.
  void come_again();
  bool append_line(std::string& out, std::size_t max_bytes);

  const Options options_;

  // Held for a few hundred nanoseconds by each call that ends. A lock that nobody else holds costs
  // 20 of them; four counters without one cost as much.
  mutable std::mutex mutex_;
  CallCounters counters_;
  RecordQueue records_;
  // Absent when no call becomes a span.
  std::optional<SpanSampler> sampler_;
  SpanQueue spans_;
  bool armed_ = false;
  bool signalled_ = false;
  bool left_over_ = false;
  Losses lost_lines_;
  Losses lost_spans_;
  std::vector<Incident> incidents_;
  std::uint64_t lost_incidents_ = 0;
  std::vector<std::string> faults_;

  // The script's thread alone: the batch that is being made into lines, and a record of it that did
  // not fit.
  RecordQueue batch_;
  SpanQueue span_batch_;
  CallRecord current_;
  bool has_current_ = false;

  // Last: its thread uses the rest. Absent when calls are neither logged nor traced.
  std::unique_ptr<DelayedSignal> delay_;
};

}  // namespace cryptobroker
