// SPDX-License-Identifier: MIT
#include "app/commands/shared_facts.hpp"

#include <fmt/format.h>

#include "app/change/replica_checks.hpp"
#include "app/proof/replica_evidence.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"

namespace ollama_gpu::app {

namespace {

// A service that was stopped is no fault; one of several that is down while it is up is.
void find_what_is_down(Context& context, const Observation& seen, const ReplicaGoal& goal,
                       SharedServers& shared) {
  if (!seen.state || seen.state->main_pid == 0) return;
  const auto add_if_down = [&](const std::string& unit) {
    const auto state = seen.manager->active_state(unit);
    const bool down = state && *state != "active";
    if (down) shared.down.push_back(fmt::format("{} is {}", unit, *state));
    return down;
  };
  bool any_down = false;
  for (const ServerGoal& server : goal.servers) {
    any_down = add_if_down(server.server.unit) || any_down;
  }
  if (add_if_down(goal.places.entry_unit) || any_down) return;
  const auto proxy = context.entry.look(goal.places.entry_socket);
  if (!proxy && proxy.error().code == Errc::permission) return;
  if (std::string missing = missing_in_entry(proxy, goal); !missing.empty()) {
    shared.down.push_back(std::move(missing));
  }
}

}  // namespace

std::optional<SharedServers> look_at_servers(Context& context, const Observation& seen) {
  if (seen.manager == nullptr) return std::nullopt;
  const auto found = goal_on_disk(context, seen);
  if (!found || !*found) return std::nullopt;
  const ReplicaGoal& goal = **found;
  SharedServers shared;
  for (const ServerGoal& server : goal.servers) {
    const Expectation& expected = server.expected;
    shared.servers.push_back({value_in(expected.snapshot.effective, "CUDA_VISIBLE_DEVICES"),
                              value_in(expected.snapshot.effective, "ROCR_VISIBLE_DEVICES")});
    if (server.server.drop_in_path.empty()) continue;  // its findings are the unit's own
    auto beaten = find_conflict(expected.snapshot, expected.drop_in, expected.drop_in_path);
    if (beaten && beaten->code != Errc::not_found) {  // of a unit that is gone OG702 tells
      beaten->message = server.server.unit + ": " + beaten->message;
      shared.beaten.push_back(std::move(*beaten));
    }
  }
  find_what_is_down(context, seen, goal, shared);
  if (!goal.template_trouble.empty()) {
    shared.template_path = goal.places.template_path;
    shared.template_trouble = goal.template_trouble;
  }
  if (const auto proxy = find_proxy(context); !proxy) shared.no_proxy = proxy.error();
  if (const auto free = check_ports(context, seen, goal); !free) shared.taken = free.error();
  return shared;
}

}  // namespace ollama_gpu::app
