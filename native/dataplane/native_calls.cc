#include "native/dataplane/native_calls.h"

#include <iterator>
#include <utility>

#include "native/dataplane/queue_full.h"

namespace cryptobroker {

// A place in the pool's queue. Which call it is for is found out when it is reached.
class NativeCalls::Turn final : public Job {
 public:
  explicit Turn(NativeCalls& calls) : calls_(calls) {}

  void run() override {
    call_ = calls_.next();
    if (!call_.empty()) {
      Waiting& call = call_.front();
      call.work->run(call.answer);
      // Here and not with the job: what it holds may be secret.
      call.work.reset();
    }
  }

  std::list<Waiting>& call() { return call_; }

 private:
  NativeCalls& calls_;
  std::list<Waiting> call_;  // one or none
};

NativeCalls::NativeCalls(Options options) : options_(std::move(options)) {}

NativeCalls::~NativeCalls() { close(); }

void NativeCalls::close() {
  std::list<Waiting> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
    places_.clear();
  }
  options_.pool->withdraw(*this);
}

bool NativeCalls::on_request(const CallStart& call, std::vector<std::uint8_t>& message,
                             Answer& answer) {
  const NativeMethod& method = *options_.methods[call.method - options_.first];
  std::unique_ptr<CallWork> work = method.begin(message, answer);
  if (work == nullptr) {
    return true;
  }
  Waiting waiting{call.token, std::move(work), {}};
  // The server keeps a copy of the facts, for the record of a call that ends before its work does.
  waiting.answer.facts = answer.facts;
  if (enqueue(std::move(waiting))) {
    return false;
  }
  answer.failure = queue_full();
  return true;
}

bool NativeCalls::enqueue(Waiting waiting) {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return true;
  }
  if (waiting_.size() >= turns_) {
    // The lock is held, so that the turn does not come before the call is there.
    if (!options_.pool->submit(*this, std::make_unique<Turn>(*this))) {
      return false;
    }
    ++turns_;
  }
  const CallToken token = waiting.token;
  waiting_.push_back(std::move(waiting));
  places_.emplace(token, std::prev(waiting_.end()));
  return true;
}

std::list<NativeCalls::Waiting> NativeCalls::next() {
  std::list<Waiting> call;
  const std::lock_guard lock(mutex_);
  --turns_;
  if (!waiting_.empty()) {
    places_.erase(waiting_.front().token);
    call.splice(call.begin(), waiting_, waiting_.begin());
  }
  return call;
}

void NativeCalls::on_cancelled(CallToken token, CancelReason) {
  std::list<Waiting> dropped;
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(token);
  if (place != places_.end()) {
    dropped.splice(dropped.begin(), waiting_, place->second);
    places_.erase(place);
  }
}

void NativeCalls::finished(std::unique_ptr<Job> job) {
  for (Waiting& call : static_cast<Turn&>(*job).call()) {
    sink_(call.token, std::move(call.answer));
  }
}

}  // namespace cryptobroker
