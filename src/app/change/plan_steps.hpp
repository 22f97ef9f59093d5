// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// The plan in words: what is set and why, whom it beats, what is written, reloaded and restarted.
std::vector<PlanStep> plan_steps(const Observation& seen, const Target& target,
                                 const ChangePlan& plan, const std::string& restart_reason,
                                 const std::string& reload_reason);

// Variables that an earlier drop-in of ours set (now or in a kept generation) and `wanted` does
// not.
std::vector<std::string> withdrawn_names(const Observation& seen, const DropIn& wanted);

// The same for variables that an earlier drop-in of ours kept away (UnsetEnvironment=).
std::vector<std::string> given_back_names(const Observation& seen, const DropIn& wanted);

}  // namespace ollama_gpu::app
