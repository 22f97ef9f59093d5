// SPDX-License-Identifier: MIT
#pragma once

#include "app/proof/replica_goal.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// `verify --load` of several servers: the model on the GPUs of each, then two requests per server
// for one token at once through the entry, of which each server must answer some. What was loaded
// for it is unloaded. Errors as of check_memory().
Result<void> check_memory_of_servers(Context& context, const VerifyOptions& options,
                                     const ReplicaGoal& goal, VerifyReport& report);

}  // namespace ollama_gpu::app
