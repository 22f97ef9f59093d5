// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/system_clock.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ollama_gpu {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// A handler can reach nothing but a global.
volatile sig_atomic_t first_signal = 0;
volatile sig_atomic_t signals_seen = 0;  // wraps; only a change counts

void note_signal(int number) {
  if (first_signal == 0) first_signal = number;
  signals_seen = (signals_seen + 1) & 0xffff;
}

}  // namespace

SystemClock::SystemClock() {
  first_signal = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: waits end early.
  for (const int number : kSignals) {
    struct sigaction former {};
    sigaction(number, nullptr, &former);
    if (former.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);  // a limit of file sizes (setrlimit(2)) is told as EFBIG
}

SystemClock::Seconds SystemClock::now() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

std::int64_t SystemClock::unix_seconds() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

// The signals are blocked between the look at the flag and the wait, which lets them in again
// atomically: none can slip in between and leave us asleep.
void SystemClock::sleep(Seconds duration) {
  sigset_t blocked;
  sigset_t former;
  sigemptyset(&blocked);
  for (const int number : kSignals) sigaddset(&blocked, number);
  pthread_sigmask(SIG_BLOCK, &blocked, &former);
  const Seconds end = now() + duration;
  // Only a signal that comes now ends this sleep: after the first one there is still waiting to do.
  const sig_atomic_t seen = signals_seen;
  for (Seconds left = duration; signals_seen == seen && left > Seconds(0); left = end - now()) {
    const double seconds = std::min(std::floor(left.count()), 1e9);
    timespec time{};
    time.tv_sec = static_cast<time_t>(seconds);
    time.tv_nsec = static_cast<long>(std::min(left.count() - seconds, 0.999999999) * 1e9);
    ppoll(nullptr, 0, &time, &former);
  }
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

int SystemClock::pending_signal() const { return first_signal; }

}  // namespace ollama_gpu
