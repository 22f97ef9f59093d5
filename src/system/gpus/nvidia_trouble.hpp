// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu {

// NVML gave no GPU, and said why in `found`: what the kernel's files below `root` make of it, in
// words that say what is there, what is missing and what to do. Nothing is left where no NVIDIA
// hardware or driver is here and other GPUs are.
void explain_missing_nvml(Inventory& found, const std::string& root);

}  // namespace ollama_gpu
