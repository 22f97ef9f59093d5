// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// Adds what to expect of a change of GPUs, spread, context or parallel requests: where models will
// lie and what they take; and of a directory of models that is empty. What explains a variable that
// is set stands at that step. Nothing where nothing of that changes.
void add_placement_notes(Context& context, const Observation& seen,
                         const EffectiveEnvironment& then, std::vector<PlanStep>& steps);

}  // namespace ollama_gpu::app
