// SPDX-License-Identifier: MIT
#include "app/change/replica_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/change/replica_checks.hpp"
#include "app/change/replica_step.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/replicas/replica_files.hpp"

namespace ollama_gpu::app {

namespace {

// The units of a set besides the service itself: they restart along on purpose.
std::vector<std::string> others_of(const std::optional<ReplicaGoal>& goal) {
  std::vector<std::string> units;
  if (!goal) return units;
  units.push_back(goal->places.entry_unit);
  for (std::size_t i = 1; i < goal->servers.size(); ++i) {
    units.push_back(goal->servers[i].server.unit);
  }
  return units;
}

// What is set no longer has to leave the processes, on the way there and on the way back.
void add_withdrawn(ChangePlan& plan) {
  if (plan.replicas.to) {
    for (ServerGoal& one : plan.replicas.to->servers) {
      one.expected.no_longer_set = plan.expected.no_longer_set;
      one.expected.no_longer_unset = plan.expected.no_longer_unset;
    }
  }
  if (!plan.replicas.from) return;
  for (ServerGoal& one : plan.replicas.from->servers) {
    for (const DropInVariable& variable : plan.expected.drop_in.variables) {
      if (one.expected.drop_in.find(variable.name) != nullptr) continue;
      one.expected.no_longer_set.push_back(variable.name);
    }
    one.expected.no_longer_unset = plan.expected.drop_in.unset;
  }
}

// What HAProxy would say at its next start, it says now; of the administrator's files only where
// the entry runs, since they may need its credentials, and to root, who may read them.
Result<void> check_config(Context& context, const Observation& seen, const ReplicaGoal& goal) {
  const auto program = find_proxy(context);
  if (!program) return Failure(program.error());
  const auto entry = seen.manager->active_state(goal.places.entry_unit);
  const bool readable = entry && *entry == "active" && context.host.is_root();
  return context.entry.check(*program, goal.config, readable ? goal.places.entry_includes : "",
                             goal.places.entry_credentials);
}

bool any_needs(Context& context, const Observation& seen, const ReplicaGoal& goal) {
  const bool server = std::ranges::any_of(goal.servers, [&](const ServerGoal& one) {
    return need_of(context, *seen.manager, one) != Need::nothing;
  });
  return server || need_of_entry(context, *seen.manager, goal) != Need::nothing;
}

PlanStep step_on(PlanAction action, const std::string& unit, std::string text) {
  PlanStep step{action, unit, std::move(text)};
  step.unit = unit;
  return step;
}

bool was_there(const ReplicaGoal* from, const ReplicaServer& server) {
  return from != nullptr && std::ranges::any_of(from->servers, [&](const ServerGoal& old) {
           return old.server.unit == server.unit && old.server.port == server.port &&
                  old.server.gpus == server.gpus;
         });
}

// Who shares, and who listens; what is as it was is for the long form alone.
std::vector<PlanStep> described(const ReplicaGoal& goal, const ReplicaGoal* from) {
  const std::string listen = goal.listen.text();
  const std::string before = from != nullptr ? from->listen.text() : listen;
  std::vector<PlanStep> steps{step_on(
      PlanAction::note, goal.places.entry_unit,
      fmt::format("HAProxy listens at {}{} and shares the requests out over {} servers; one waits "
                  "at most {} min for a free one",
                  listen, before == listen ? "" : fmt::format(" (it was {})", before),
                  goal.servers.size(), kQueueSeconds / 60))};
  steps.back().in_full =
      from != nullptr && before == listen && from->servers.size() == goal.servers.size();
  for (const ServerGoal& one : goal.servers) {
    steps.push_back(step_on(
        PlanAction::note, one.server.unit,
        fmt::format("a server at {} with GPU{} {}", one.server.endpoint().text(),
                    one.server.gpus.find(',') == std::string::npos ? "" : "s", one.server.gpus)));
    steps.back().in_full = was_there(from, one.server);
  }
  return steps;
}

}  // namespace

Result<void> plan_replicas(Context& context, const Observation& seen, ChangePlan& plan) {
  auto from = goal_on_disk(context, seen);
  if (!from) return Failure(from.error());
  auto to = replica_goal(context, seen, plan.expected.drop_in, plan.expected.bytes, plan.files);
  if (!to) return Failure(to.error());
  plan.replicas.from = std::move(*from);
  plan.replicas.to = std::move(*to);
  add_withdrawn(plan);
  if (!plan.replicas.to) return {};
  for (const ServerGoal& one : plan.replicas.to->servers) {
    const Expectation& expected = one.expected;
    if (one.server.drop_in_path.empty()) continue;  // looked at already
    auto conflict = find_conflict(expected.snapshot, expected.drop_in, expected.drop_in_path);
    if (conflict) return Failure(std::move(*conflict));
  }
  return {};
}

Result<void> decide_replicas(Context& context, const ChangeOptions& options,
                             const Observation& seen, ChangePlan& plan) {
  ReplicaPlan& replicas = plan.replicas;
  if (!replicas.any()) return {};
  for (const auto* goal : {&replicas.from, &replicas.to}) {
    const auto units = others_of(*goal);
    std::erase_if(plan.dependants, [&](const std::string& unit) { return contains(units, unit); });
  }
  const bool down = seen.state->main_pid == 0 && plan.service == ServiceAction::none;
  if (options.restart == RestartMode::never || down) return {};
  if (!replicas.to) {
    replicas.acts = true;
    return {};
  }
  if (auto free = check_ports(context, seen, *replicas.to); !free) return free;
  if (!plan.files.empty()) {
    if (auto taken = check_config(context, seen, *replicas.to); !taken) return taken;
  }
  replicas.acts = plan.service != ServiceAction::none || any_needs(context, seen, *replicas.to);
  const ReplicaGoal* from = replicas.from ? &*replicas.from : nullptr;
  replicas.rolls = plan.dependants.empty() && rolls(*seen.manager, from, &*replicas.to);
  if (replicas.rolls) plan.use.clients.reset();  // HAProxy's own; nothing of theirs is cut
  return {};
}

std::vector<PlanStep> replica_steps(Context& context, const Observation& seen,
                                    const ChangePlan& plan) {
  std::vector<PlanStep> steps;
  const ReplicaPlan& replicas = plan.replicas;
  if (!replicas.any()) return steps;
  const auto step = [&](PlanAction action, const std::string& unit, std::string reason) {
    steps.push_back(step_on(action, unit, std::move(reason)));
  };
  if (!replicas.to) {
    const std::size_t others = replicas.from->servers.size() - 1;
    step(PlanAction::note, seen.unit_id,
         fmt::format("one server again at {}: the other {} and the entry are stopped",
                     replicas.from->listen.text(),
                     others == 1 ? std::string("one") : std::to_string(others)));
    return steps;
  }
  const ReplicaGoal& goal = *replicas.to;
  steps = described(goal, replicas.from ? &*replicas.from : nullptr);
  if (!replicas.acts || !seen.state) return steps;
  bool any_restarts = false;
  for (const ServerGoal& one : goal.servers) {
    const Need need = need_of(context, *seen.manager, one);
    any_restarts = any_restarts || need == Need::restart;
    if (need == Need::nothing || one.server.drop_in_path.empty()) continue;
    const bool starts = need == Need::start;
    step(starts ? PlanAction::start : PlanAction::restart, one.server.unit,
         starts ? "it is not running" : "it has other settings, or is of an older unit");
    steps.back().in_full = starts && !replicas.from;
  }
  for (const std::string& unit : others_of(replicas.from)) {
    if (contains(others_of(replicas.to), unit)) continue;
    step(PlanAction::note, unit, "no longer one of the servers: it is stopped");
  }
  const Need need = need_of_entry(context, *seen.manager, goal);
  if (need == Need::start) {
    step(PlanAction::start, goal.places.entry_unit, "it is not running");
    steps.back().in_full = !replicas.from;
  }
  if (need == Need::reload) {
    step(PlanAction::reload, goal.places.entry_unit,
         "HAProxy reads its new configuration; no connection is cut");
  }
  if (replicas.rolls && any_restarts) {
    step(PlanAction::note, seen.unit_id,
         "one server after another: each answers what it has begun before it is restarted");
  }
  return steps;
}

}  // namespace ollama_gpu::app
