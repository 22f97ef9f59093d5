// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "ollama_gpu/app/change_plan.hpp"

namespace ollama_gpu::app {

// The generation of a write; id 0 where it could not be stored (said as a warning).
struct WrittenGeneration {
  std::uint64_t id = 0;
  std::string unit = {};
  bool made_directory = false;
};

// Stores the generation, then swaps our drop-in for the planned one. When the swap fails nothing
// has changed.
Result<WrittenGeneration> write_drop_in(Context& context, const Observation& observation,
                                        const ChangePlan& plan);

// Records how the change ended.
void set_result(Context& context, const WrittenGeneration& generation, const std::string& result);

}  // namespace ollama_gpu::app
