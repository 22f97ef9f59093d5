// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "ollama_gpu/core/ollama/model_memory.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"

// What a service's environment says of where models lie and how much they take.
namespace ollama_gpu {

// Whether Ollama puts every model on all GPUs (OLLAMA_SCHED_SPREAD).
bool is_spread(const EffectiveEnvironment& environment);
// Whether llama-server cuts models so.
bool is_split_by_tensor(const EffectiveEnvironment& environment);

// What an Ollama with this environment does on GPUs of these sizes in bytes.
ContextSettings context_settings(const EffectiveEnvironment& environment,
                                 const std::vector<std::uint64_t>& gpus);

}  // namespace ollama_gpu
