// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/presentation/report.hpp"

namespace ollama_gpu::app {

// The environment that Ollama has, else would get; nothing when the unit does not exist.
std::optional<std::map<std::string, std::string>> environment_in_force(Context& context,
                                                                       const Observation& seen);

// Positions of the GPUs that an Ollama with this environment may use, of NVIDIA and AMD.
std::vector<bool> visible_to(const std::map<std::string, std::string>& environment,
                             const Inventory& inventory);

// Whether that can be known at all: which AMD GPUs ROCm can use without a list is not.
bool is_judged(const Gpu& gpu, const std::map<std::string, std::string>& environment);

// Each GPU with what Ollama may use and holds; `seen` may be null.
std::vector<GpuInReport> gpu_reports(Context& context, const Inventory& inventory,
                                     const Observation* seen);

}  // namespace ollama_gpu::app
