// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

namespace ollama_gpu::ports {

// Time and interruption: SIGINT, SIGTERM, SIGHUP and SIGQUIT are noticed, never fatal by
// themselves.
class Clock {
 public:
  using Seconds = std::chrono::duration<double>;
  virtual ~Clock() = default;
  virtual Seconds now() const = 0;                // monotonic
  virtual std::int64_t unix_seconds() const = 0;  // wall clock
  virtual void sleep(Seconds duration) = 0;       // ends early when a signal comes
  virtual int pending_signal() const = 0;         // the first signal received, or 0
};

}  // namespace ollama_gpu::ports
