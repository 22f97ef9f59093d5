// SPDX-License-Identifier: MIT
#pragma once

#include "app/proof/evidence.hpp"

namespace ollama_gpu::app {

// The levels `server` and `devices`: what the running Ollama answers and logged. `stale`: the
// process is not the one that is to have the settings, so its log proves nothing yet.
std::vector<Evidence> running_evidence(Context& context, const ports::UnitState& state,
                                       const Expectation& expected, bool stale);

}  // namespace ollama_gpu::app
