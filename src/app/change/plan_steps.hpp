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

// Variables that an earlier drop-in of ours set (now or in a kept generation) and `planned` does
// not.
std::vector<std::string> names_no_longer_set(const Observation& seen, const DropIn& planned);

// The same for variables that an earlier drop-in of ours kept away (UnsetEnvironment=).
std::vector<std::string> names_no_longer_unset(const Observation& seen, const DropIn& planned);

}  // namespace ollama_gpu::app
