// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// What to expect of a change of GPUs, spread, context or parallel requests: where models will lie
// and what they take; and of a directory of models that is empty. None where nothing of that
// changes.
std::vector<PlanStep> placement_notes(Context& context, const Observation& seen,
                                      const EffectiveEnvironment& then);

}  // namespace ollama_gpu::app
