// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// Units that are up and would restart along: those in RequiredBy, BoundBy and ConsistsOf.
std::vector<std::string> active_dependants(const Observation& seen);

// Errc::conflict where a restart into the planned settings could only fail: refused by the unit, a
// program or an environment file that is gone, an address that somebody else holds.
Result<void> check_restart(Context& context, const Observation& seen, const ChangePlan& plan);

// Who else holds the address where the unit as it lies on disk lets Ollama listen.
std::optional<Error> address_taken(Context& context, const Observation& seen);

}  // namespace ollama_gpu::app
