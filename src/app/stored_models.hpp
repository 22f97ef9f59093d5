// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/core/ollama/model_memory.hpp"

namespace ollama_gpu::app {

// The models of a running Ollama that lie on this machine, the largest first; none where it cannot
// be asked. With `shapes` what their context takes too, of the largest 24 and for 2 s at most.
std::vector<StoredModel> stored_models(Context& context, const ports::OllamaService& service,
                                       bool shapes);

}  // namespace ollama_gpu::app
