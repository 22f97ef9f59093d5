// SPDX-License-Identifier: MIT
#pragma once

#include "app/running.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"
#include "ollama_gpu/core/ollama/ollama_log.hpp"

namespace ollama_gpu::app {

// The "inference compute" lines against the GPUs that these lists select; what fails quotes the
// line. AMD GPUs are judged where their list is set.
Evidence judge_devices(const OllamaLog& log, const DeviceLists& lists, const Inventory& inventory);

}  // namespace ollama_gpu::app
