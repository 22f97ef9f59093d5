// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

// Says in `warnings` that the selector kept in our drop-in would choose other GPUs today.
void warn_of_drift(const Context& context, const Observation& seen, const Inventory& inventory,
                   std::vector<std::string>& warnings);

}  // namespace ollama_gpu::app
