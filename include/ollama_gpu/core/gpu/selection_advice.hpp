// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

// What is known when somebody selects GPUs, or spreads models over them. Sizes in bytes.
struct AdviceFacts {
  bool spread = false;                      // OLLAMA_SCHED_SPREAD is being switched on
  std::vector<SelectedDevice> before = {};  // what the process may use now
  std::vector<SelectedDevice> after = {};   // what it may use then
  std::string largest_model = {};           // of those installed; empty: not known
  std::uint64_t largest_size = 0;
  bool context_is_set = false;  // OLLAMA_CONTEXT_LENGTH
};

// What to expect of it, from these figures, one line each; none where there is nothing to say.
// Rules: Ollama server/sched.go (placement), server/routes.go (default context).
std::vector<std::string> selection_advice(const AdviceFacts& facts, const Inventory& inventory);

}  // namespace ollama_gpu
