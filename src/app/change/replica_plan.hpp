// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// What several servers are and are to be, by simulation of each. Errc::conflict where one would not
// have its settings. `plan` has its files and what is expected of the unit itself.
Result<void> plan_replicas(Context& context, const Observation& seen, ChangePlan& plan);

// What they need of systemd now. Errc::conflict where another program holds one of their ports.
Result<void> decide_replicas(Context& context, const ChangeOptions& options,
                             const Observation& seen, ChangePlan& plan);

// The same in steps.
std::vector<PlanStep> replica_steps(Context& context, const Observation& seen,
                                    const ChangePlan& plan);

}  // namespace ollama_gpu::app
