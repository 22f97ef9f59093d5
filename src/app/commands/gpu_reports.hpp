// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "app/running.hpp"
#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Each GPU with what Ollama may use and holds; `seen` may be null.
std::vector<GpuInReport> gpu_reports(Context& context, const Inventory& inventory,
                                     const Observation* seen);

}  // namespace ollama_gpu::app
