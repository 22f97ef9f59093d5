// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

// The file for `configure --config` that would make these settings: what our drop-in says, and what
// other files set of the settings known, each under its option or in [set]. What the system sets
// for every service (PATH, HOME) is left out.
std::string toml_text(const EffectiveEnvironment& effective, const DropIn& ours);

}  // namespace ollama_gpu
