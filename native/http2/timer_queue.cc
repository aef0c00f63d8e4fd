#include "native/http2/timer_queue.h"

namespace cryptobroker {

void Timer::disarm() {
  if (queue_ != nullptr) {
    queue_->remove(*this);
  }
}

TimerQueue::~TimerQueue() {
  for (Timer* timer : heap_) {
    timer->queue_ = nullptr;
  }
}

void TimerQueue::arm(Timer& timer, std::int64_t at_ns) {
  timer.disarm();
  timer.queue_ = this;
  timer.at_ns_ = at_ns;
  heap_.push_back(nullptr);
  place(heap_.size() - 1, &timer);
  sift_up(heap_.size() - 1);
}

void TimerQueue::expire(std::int64_t now_ns) {
  while (!heap_.empty() && heap_.front()->at_ns_ <= now_ns) {
    Timer* timer = heap_.front();
    remove(*timer);
    timer->expired();
  }
}

void TimerQueue::remove(Timer& timer) {
  const std::size_t index = timer.index_;
  Timer* last = heap_.back();
  heap_.pop_back();
  timer.queue_ = nullptr;
  if (last != &timer) {
    place(index, last);
    sift_up(index);
    sift_down(last->index_);
  }
}

void TimerQueue::place(std::size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->index_ = index;
}

void TimerQueue::sift_up(std::size_t index) {
  Timer* timer = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent]->at_ns_ <= timer->at_ns_) {
      break;
    }
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, timer);
}

void TimerQueue::sift_down(std::size_t index) {
  Timer* timer = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) {
      break;
    }
    if (child + 1 < heap_.size() && heap_[child + 1]->at_ns_ < heap_[child]->at_ns_) {
      ++child;
    }
    if (timer->at_ns_ <= heap_[child]->at_ns_) {
      break;
    }
    place(index, heap_[child]);
    index = child;
  }
  place(index, timer);
}

}  // namespace cryptobroker
