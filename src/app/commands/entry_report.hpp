// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "app/proof/replica_goal.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Several servers and what stands before them, each asked for its models within `timeout`; nothing
// where the unit is alone.
std::optional<EntryReport> entry_report(Context& context, const Observation& seen,
                                        ports::Clock::Seconds timeout);

// The models that an Ollama has loaded; nothing where it does not say.
std::optional<std::vector<ModelReport>> loaded_models(Context& context,
                                                      const ports::OllamaService& service,
                                                      ports::Clock::Seconds timeout);

}  // namespace ollama_gpu::app
