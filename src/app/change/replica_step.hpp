// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/change/change_errors.hpp"
#include "app/change/service_steps.hpp"
#include "app/proof/replica_goal.hpp"

namespace ollama_gpu::app {

// Several servers on the way from one state to another, once systemd has read the files.
struct ReplicaStep {
  const ReplicaGoal* from = nullptr;  // null: the unit was alone
  const ReplicaGoal* to = nullptr;    // null: it is to be alone
  bool one_after_another = false;
  std::set<std::string> forced = {};  // servers that are restarted whatever they have
  OnSignal on_signal = OnSignal::give_up;
};

// Why it ended early.
struct ReplicaFailure {
  Error error;
  bool is_of_service = false;  // the service is not healthy; else another's doing, or a signal
  bool taken_over = false;     // somebody else stopped it: everything is left
  std::string unit = {};
  std::string invocation_id = {};
};

// The way back of a plan.
ReplicaStep backwards(ports::ServiceManager& manager, const ReplicaPlan& plan,
                      std::set<std::string> touched);
std::set<std::string> units_of(const std::optional<ReplicaGoal>& goal);
// Of those that are wanted, how many were started or restarted.
std::size_t servers_touched(const ReplicaPlan& plan, const std::set<std::string>& touched);
// Whether any server was, of one or of several.
bool has_restarted(const ReplicaPlan& plan, const Progress& progress);
std::optional<ChangeFailure> as_failure(std::optional<ReplicaFailure> failure);

// Whether that goes one after another.
bool rolls(ports::ServiceManager& manager, const ReplicaGoal* from, const ReplicaGoal* to);

}  // namespace ollama_gpu::app
