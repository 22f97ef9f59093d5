// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/replica_step.hpp"

namespace ollama_gpu::app {

// Brings the servers there: where an entry stands before them one after another, each drained,
// restarted, proven, its models loaded again, and back in rotation; otherwise all at once. Every
// server that was touched is named in `touched`, also where it ends early.
std::optional<ReplicaFailure> run_replicas(Context& context, const ChangeOptions& options,
                                           ports::ServiceManager& manager, const ReplicaStep& step,
                                           std::set<std::string>& touched,
                                           std::vector<std::string>& warnings);

// The way of a plan; with --restart always every server is restarted, and the first where the plan
// says so.
std::optional<ChangeFailure> run_forwards(Context& context, const ChangeOptions& options,
                                          ports::ServiceManager& manager, const ChangePlan& plan,
                                          std::set<std::string>& touched,
                                          std::vector<std::string>& warnings);

}  // namespace ollama_gpu::app
