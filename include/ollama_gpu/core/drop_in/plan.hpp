// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace ollama_gpu {

// One step from the observed state to the desired one. `step`: "write", "remove", "reload",
// "restart", "start", or for information "set", "withdraw", "keep", "note".
struct PlanStep {
  std::string step;
  std::string path = {};  // the file, or the unit
  std::string reason = {};
};

}  // namespace ollama_gpu
