// SPDX-License-Identifier: MIT
#include "ollama_standin/turns.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace ollama_standin {

namespace {

// One can wait for it and for the client at once, without looking again and again, which would cost
// the processor that all the others share.
class Wakeup {
 public:
  Wakeup() : event_(::eventfd(0, EFD_CLOEXEC)) {}
  ~Wakeup() { ::close(event_); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  int event() const { return event_; }

 private:
  int event_;
};

}  // namespace

bool Turns::take(const Connection& connection) {
  const Wakeup wakeup;
  {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      return true;
    }
    waiting_.push_back(wakeup.event());
  }
  if (connection.waits_for(wakeup.event())) return true;
  std::unique_lock lock(mutex_);
  const auto own = std::find(waiting_.begin(), waiting_.end(), wakeup.event());
  if (own != waiting_.end()) {
    waiting_.erase(own);
    return false;
  }
  lock.unlock();
  give_back();  // the turn came in the moment in which the client went
  return false;
}

void Turns::give_back() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  ::eventfd_write(waiting_.front(), 1);
  waiting_.pop_front();
}

}  // namespace ollama_standin
