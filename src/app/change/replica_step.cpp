// SPDX-License-Identifier: MIT
#include "app/change/replica_step.hpp"

#include <algorithm>

namespace ollama_gpu::app {

bool rolls(ports::ServiceManager& manager, const ReplicaGoal* from, const ReplicaGoal* to) {
  if (from == nullptr || to == nullptr) return false;
  if (from->servers.front().server.port != to->servers.front().server.port) return false;
  const auto entry = manager.active_state(from->places.entry_unit);
  return entry && *entry == "active";
}

ReplicaStep backwards(ports::ServiceManager& manager, const ReplicaPlan& plan,
                      std::set<std::string> touched) {
  const ReplicaGoal* from = plan.to ? &*plan.to : nullptr;
  const ReplicaGoal* to = plan.from ? &*plan.from : nullptr;
  return {from, to, rolls(manager, from, to), std::move(touched), OnSignal::go_on};
}

std::set<std::string> units_of(const std::optional<ReplicaGoal>& goal) {
  std::set<std::string> units;
  if (!goal) return units;
  for (const ServerGoal& server : goal->servers) units.insert(server.server.unit);
  return units;
}

std::size_t servers_touched(const ReplicaPlan& plan, const std::set<std::string>& touched) {
  const auto units = units_of(plan.to);
  return static_cast<std::size_t>(std::ranges::count_if(
      touched, [&](const std::string& unit) { return units.contains(unit); }));
}

bool has_restarted(const ReplicaPlan& plan, const Progress& progress) {
  const bool several = plan.acts && plan.to;
  return several ? servers_touched(plan, progress.touched) > 0 : progress.restarted;
}

std::optional<ChangeFailure> as_failure(std::optional<ReplicaFailure> failure) {
  if (!failure) return std::nullopt;
  Error error = failure->taken_over ? somebody_at_work(failure->unit, failure->error.message)
                                    : std::move(failure->error);
  if (failure->is_of_service && !failure->taken_over) error.code = Errc::unhealthy;
  return ChangeFailure{std::move(error), failure->taken_over, std::move(failure->unit),
                       std::move(failure->invocation_id)};
}

}  // namespace ollama_gpu::app
