// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"

namespace ollama_gpu::app {

// Fills in `largest_to_mean`, and says whether what was loaded lies where it is meant to: bytes on
// every selected GPU with spread on, on any of them without; none on another GPU.
Evidence judge_memory(LoadReport& load);

// Where no GPU can be listed: what Ollama itself says of the model. A proof only for what was to
// lie on the CPU.
Evidence judge_by_ollama(const LoadReport& load, const Inventory& inventory,
                         const std::map<std::string, std::string>& environment);

// How far what the GPUs hold is from what Ollama says (/api/ps), as it is in split mode tensor;
// empty where they are near each other, or the model's own share cannot be told.
std::string disagreement(const LoadReport& load);

// What holds but is worth a word: an uneven split, a part on the CPU, such a disagreement.
std::vector<std::string> memory_warnings(const LoadReport& load);

}  // namespace ollama_gpu::app
