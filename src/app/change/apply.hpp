// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Carries out a plan: write, reload, restart, watch; puts everything back where that is due.
Outcome<ChangeReport> apply(Context& context, const ChangeOptions& options,
                            const Observation& observation, ChangePlan& plan, ChangeReport report);

}  // namespace ollama_gpu::app
