// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/proof/replica_goal.hpp"

namespace ollama_gpu::app {

// Of several servers: every level of each but the first, whose levels are those of the unit, and
// `entry`. `restart_expected`: a server with other settings is a failure, not pending.
std::vector<Evidence> replica_evidence(Context& context, ports::ServiceManager& manager,
                                       const ReplicaGoal& goal, bool restart_expected);

// The same for what the files on disk say; empty where the unit is alone.
std::vector<Evidence> standing_replica_evidence(Context& context, const Observation& seen);

// What the entry lacks now, in words; empty: nothing.
std::string missing_in_entry(const Result<ProxyState>& proxy, const ReplicaGoal& goal);

}  // namespace ollama_gpu::app
