// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

// Whether the GPUs that were asked for can be used.
struct Readiness {
  bool ready = false;
  std::string reason = {};                   // why not
  std::vector<SelectedDevice> devices = {};  // those asked for, where they are known
};

// `obstacles[i]`: why a process of this user cannot use GPU i of the inventory, empty where it can.
// Without ids in the selector no GPU that is there may be in trouble. Errc::usage for a selector
// that will never be answered.
Result<Readiness> judge_readiness(const Selector& selector, const Inventory& inventory,
                                  const std::vector<std::string>& obstacles);

}  // namespace ollama_gpu
