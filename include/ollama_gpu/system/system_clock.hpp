// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include <array>

#include "ollama_gpu/ports/clock.hpp"

namespace ollama_gpu {

// The machine's clocks and this process's signals. While it lives SIGINT, SIGTERM, SIGHUP and
// SIGQUIT are only noted (one that was ignored before stays ignored, as nohup wants), and SIGPIPE
// is ignored. One at a time.
class SystemClock final : public ports::Clock {
 public:
  SystemClock();
  ~SystemClock() override;
  SystemClock(const SystemClock&) = delete;
  SystemClock& operator=(const SystemClock&) = delete;

  Seconds now() const override;
  std::int64_t unix_seconds() const override;
  void sleep(Seconds duration) override;
  int pending_signal() const override;

 private:
  static constexpr std::array<int, 4> kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> former_{};
  struct sigaction former_pipe_ {};
};

}  // namespace ollama_gpu
