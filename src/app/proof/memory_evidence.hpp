// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"

namespace ollama_gpu::app {

// Fills in `largest_to_mean`, and says whether what was loaded lies where it is meant to: bytes on
// every selected GPU with spread on, on any of them without; none on another GPU.
Evidence judge_memory(LoadReport& load);

// What holds but is worth a word: an uneven split, a part on the CPU.
std::vector<std::string> memory_warnings(const LoadReport& load);

}  // namespace ollama_gpu::app
