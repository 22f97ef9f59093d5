// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// Adds to the plan what its settings will mean to the Ollama that runs, where that is not as they
// are meant, and what to expect of where models lie. Errc::conflict where with a drop-in as asked
// for no model could be loaded any more.
Result<void> add_notes(Context& context, const Observation& seen, const Target& target,
                       ChangePlan& plan);

}  // namespace ollama_gpu::app
