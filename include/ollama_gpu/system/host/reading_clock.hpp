// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/ports/clock.hpp"

namespace ollama_gpu {

// The machine's clocks alone: a signal ends the process as usual.
class ReadingClock final : public ports::Clock {
 public:
  Seconds now() const override;
  std::int64_t unix_seconds() const override;
  void sleep(Seconds duration) override;
  int pending_signal() const override { return 0; }
};

}  // namespace ollama_gpu
