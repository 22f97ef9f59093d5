// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "app/proof/replica_goal.hpp"
#include "ollama_gpu/core/replicas/replica_set.hpp"

namespace ollama_gpu::app {

// What must be so before several servers are set up. Errc::usage with --user,
// Errc::conflict where the unit cannot be had more than once, or another's file is in the way.
Result<void> check_replicas(const Context& context, const Observation& seen,
                            const ReplicaPlaces& places);

// HAProxy's program. Errc::not_found with the command that installs it, Errc::conflict where it is
// too old or SELinux keeps it from the servers.
Result<std::string> find_proxy(const Context& context);

// Who else holds the address of the entry, or of a server but the first (check_restart() sees to
// that one). Errc::conflict.
Result<void> check_ports(const Context& context, const Observation& seen, const ReplicaGoal& goal);

}  // namespace ollama_gpu::app
