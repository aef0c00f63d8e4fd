#include "native/dataplane/call_log.h"

#include <chrono>
#include <utility>

#include "native/dataplane/log_line.h"

namespace cryptobroker {
namespace {

// A reader of the log waits this long for a line at most, and the script wakes 50 times a second
// for them, however many there are: waking it costs as much as some hundred lines.
constexpr std::chrono::milliseconds kDelay{20};

// Incidents and faults are rare, or many of one cause.
constexpr std::size_t kMaxIncidents = 256;
constexpr std::size_t kMaxFaults = 64;

// Whatever loses records loses many: the log need not hear of each.
constexpr std::chrono::seconds kReportEvery{1};

// What a script can make spans of at a stretch without keeping its other work waiting.
constexpr std::size_t kSpanBatch = 256;

}  // namespace

CallLog::CallLog(Options options)
    : options_(std::move(options)),
      counters_(options_.paths.size()),
      records_(options_.log_calls ? options_.capacity : 0),
      spans_(options_.spans ? options_.span_capacity : 0),
      batch_(options_.log_calls ? options_.capacity : 0),
      span_batch_(options_.spans ? options_.span_capacity : 0) {
  if (options_.spans) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    sampler_.emplace(*options_.spans, static_cast<std::uint64_t>(now.count()));
  }
}

Result<std::unique_ptr<CallLog>> CallLog::start(Options options) {
  std::unique_ptr<CallLog> log(new CallLog(std::move(options)));
  if (log->options_.log_calls || log->options_.spans) {
    auto delay = DelayedSignal::start(kDelay, [self = log.get()] { self->on_delay(); });
    if (!delay) {
      return delay.error();
    }
    log->delay_ = std::move(delay).value();
  }
  return log;
}

void CallLog::finished(const CallRecord& record, std::string_view cause) {
  if (record.taken && record.method < options_.script_methods) {
    return;  // The script has it, and writes its record.
  }
  Next next;
  {
    const std::lock_guard lock(mutex_);
    counters_.count(record);
    if (options_.log_calls) {
      next = add_record(record);
    }
    if (sampler_ && record.span != nullptr && sampler_->wants(record.span->parent)) {
      const Next more = add_span(record);
      next = {next.arm || more.arm, next.wake || more.wake};
    }
    if (record.core_fault || !record.incident.view().empty()) {
      if (incidents_.size() < kMaxIncidents) {
        incidents_.push_back({record, std::string(cause)});
        incidents_.back().record.span = nullptr;
      } else {
        ++lost_incidents_;
      }
      next.wake = true;
    }
  }
  act(next);
}

CallLog::Next CallLog::add_record(const CallRecord& record) {
  if (!records_.add(record)) {
    ++lost_lines_.count;
    return {};
  }
  return come_soon(records_.size() > options_.capacity / 4);
}

CallLog::Next CallLog::add_span(const CallRecord& record) {
  if (!spans_.add(record)) {
    ++lost_spans_.count;
    return {};
  }
  return come_soon(spans_.size() > options_.span_capacity / 4);
}

CallLog::Next CallLog::come_soon(bool plenty) {
  if (plenty && !signalled_) {
    signalled_ = true;
    return {.wake = true};
  }
  if (!armed_) {
    armed_ = true;
    return {.arm = true};
  }
  return {};
}

void CallLog::act(Next next) {
  if (next.arm) {
    delay_->arm();
  }
  if (next.wake) {
    options_.wake();
  }
}

void CallLog::on_delay() {
  {
    const std::lock_guard lock(mutex_);
    armed_ = false;
    // A script that has been told and has taken nothing since is busy: it will come.
    if ((records_.empty() && spans_.empty() && !left_over_) || signalled_) {
      return;
    }
    signalled_ = true;
  }
  options_.wake();
}

void CallLog::fault(std::string_view what) {
  {
    const std::lock_guard lock(mutex_);
    add_fault(what);
  }
  options_.wake();
}

void CallLog::add_fault(std::string_view what) {
  if (faults_.size() < kMaxFaults) {
    faults_.emplace_back(what);
  }
}

bool CallLog::report(Losses& losses, std::string_view what) {
  const auto now = std::chrono::steady_clock::now();
  const bool due = losses.reported == 0 || now - losses.reported_at >= kReportEvery;
  if (losses.count == losses.reported || !due) {
    return false;
  }
  add_fault(std::to_string(losses.count - losses.reported)
                .append(" ")
                .append(what)
                .append(" of calls were lost because they were not taken in time"));
  losses.reported = losses.count;
  losses.reported_at = now;
  return true;
}

std::string CallLog::take_lines(std::size_t max_bytes) {
  std::string lines;
  while (has_current_ || batch_.take(current_) || next_batch()) {
    has_current_ = true;
    if (!append_line(lines, max_bytes)) {
      come_again();
      break;
    }
    has_current_ = false;
  }
  return lines;
}

void CallLog::come_again() {
  Next next;
  {
    const std::lock_guard lock(mutex_);
    signalled_ = false;
    left_over_ = true;
    if (!armed_) {
      armed_ = true;
      next.arm = true;
    }
  }
  act(next);
}

bool CallLog::append_line(std::string& out, std::size_t max_bytes) {
  const std::size_t before = out.size();
  const std::string_view path = current_.method == CallRecord::kUnknownMethod
                                    ? current_.path.view()
                                    : this->path(current_.method);
  append_log_line(out, current_, path, options_.service);
  if (out.size() <= max_bytes) {
    return true;
  }
  out.resize(before);
  return false;
}

bool CallLog::next_batch() {
  Next next;
  {
    const std::lock_guard lock(mutex_);
    signalled_ = false;
    left_over_ = false;
    records_.swap(batch_);
    next.wake = report(lost_lines_, "log lines");
  }
  act(next);
  return batch_.take(current_);
}

std::vector<SpanRecord> CallLog::take_spans() {
  if (!sampler_) {
    return {};
  }
  Next next;
  if (span_batch_.empty()) {
    const std::lock_guard lock(mutex_);
    signalled_ = false;
    spans_.swap(span_batch_);
    next.wake = report(lost_spans_, "spans");
  }
  act(next);
  return span_batch_.take(kSpanBatch);
}

std::vector<Incident> CallLog::take_incidents() {
  Next next;
  std::vector<Incident> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(incidents_);
    if (lost_incidents_ > 0) {
      add_fault(std::to_string(lost_incidents_) + " further calls failed inside");
      lost_incidents_ = 0;
      next.wake = true;
    }
  }
  act(next);
  return taken;
}

std::vector<std::string> CallLog::take_faults() {
  const std::lock_guard lock(mutex_);
  return std::exchange(faults_, {});
}

std::uint64_t CallLog::lost_records() const {
  const std::lock_guard lock(mutex_);
  return lost_lines_.count + lost_spans_.count;
}

std::vector<CallCounter> CallLog::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_.read();
}

std::string_view CallLog::path(std::uint16_t method) const {
  return method < options_.paths.size() ? std::string_view(options_.paths[method])
                                        : std::string_view();
}

}  // namespace cryptobroker
