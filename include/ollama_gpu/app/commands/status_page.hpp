// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// In status.cpp: `status` for one who looks every second: without the evidence, with little
// patience for Ollama. The unit's files are read again where systemd has others than before, and
// every tenth time anyway; all else is as it is now.
class StatusPages {
 public:
  explicit StatusPages(Context& context) : context_(context) {}
  Outcome<StatusReport> next();

 private:
  Result<Observation> look();

  Context& context_;
  std::optional<Observation> seen_ = {};
  unsigned uses_ = 0;  // since the files were read
};

}  // namespace ollama_gpu::app
