// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/ports/clock.hpp"

namespace ollama_gpu {

// The machine's clocks and this process's signals. From now to the end of the process SIGINT,
// SIGTERM, SIGHUP and SIGQUIT are only noted (one that was ignored before stays ignored, as nohup
// wants), and SIGPIPE is ignored: the exit code of work that is done stays its own. One at a time.
class SystemClock final : public ports::Clock {
 public:
  SystemClock();
  SystemClock(const SystemClock&) = delete;
  SystemClock& operator=(const SystemClock&) = delete;

  Seconds now() const override;
  std::int64_t unix_seconds() const override;
  void sleep(Seconds duration) override;
  int pending_signal() const override;
};

}  // namespace ollama_gpu
