// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

std::span<const Setting> ollama_settings();  // read by Ollama itself
// In settings_table_runtimes.cpp.
std::span<const Setting> runtime_settings();  // read by what it runs: CUDA, ROCm, llama-server

}  // namespace ollama_gpu
