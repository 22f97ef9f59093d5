// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu {

// How Ollama's log named its GPUs: until 0.12.3, until 0.30, and since.
enum class LogEra { oldest, middle, latest };

inline constexpr const char* kCpuLine =
    R"(level=INFO source=types.go:50 msg="inference compute" id=cpu library=cpu compute="" name=cpu description=cpu)";

// One "inference compute" line of a GPU. `position`: among the GPUs that Ollama sees.
std::string compute_line(LogEra era, const Gpu& gpu, std::size_t position,
                         const std::string& token = {}, const std::string& library = {});

// What Ollama logs at its start: its configuration, then the GPUs that it finds.
std::vector<std::string> start_lines(const std::map<std::string, std::string>& environment,
                                     const Inventory& inventory);

}  // namespace ollama_gpu
