// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/proof/evidence.hpp"

namespace ollama_gpu::app {

// Whether the running process was started after everything that its unit's files say now was
// loaded: then a restart would bring it nothing new.
bool is_up_to_date(const Context& context, const ports::UnitState& state,
                   const Expectation& expected);

// For such a process: what sets these variables to something else, as far as can be seen: what
// ExecStart= says itself, the script that it runs, a login shell, PAM, a snap's launcher.
std::string set_elsewhere(const Context& context, const UnitSnapshot& snapshot,
                          const std::vector<std::string>& names);

}  // namespace ollama_gpu::app
