// SPDX-License-Identifier: MIT
#include "app/proof/replica_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/running.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

Evidence entry_failed(std::string detail, const ReplicaGoal& goal) {
  return {EvidenceLevel::entry, EvidenceStatus::failed, std::move(detail),
          fmt::format("look at it: systemctl status {}", shell_word(goal.places.entry_unit))};
}

// An answer that comes through: the connection's other end is the entry's own, and a server
// answered it.
Evidence answer_through(Context& context, const ReplicaGoal& goal, const ports::UnitState& state,
                        std::string seen) {
  const auto own = own_ollama(context, goal.listen, state);
  if (!own) {
    if (own.error().code == Errc::permission) {
      return {EvidenceLevel::entry, EvidenceStatus::skipped, own.error().message};
    }
    return entry_failed(own.error().message, goal);
  }
  const auto version = context.ollama.version(*own, Seconds(kAnswerTime));
  if (!version) return entry_failed(version.error().message, goal);
  return {EvidenceLevel::entry,
          EvidenceStatus::ok,
          fmt::format("{} holds {}; {}; Ollama {} answers through it", goal.places.entry_unit,
                      goal.listen.text(), seen, *version),
          "",
          "",
          fmt::format("{} servers behind {}", goal.servers.size(), goal.listen.text())};
}

Evidence entry_evidence(Context& context, ports::ServiceManager& manager, const ReplicaGoal& goal) {
  if (goal.entry_edited) {
    return {EvidenceLevel::entry, EvidenceStatus::failed,
            goal.places.entry_config + " was edited by hand",
            fmt::format("put yours into {}, then: sudo ollama-gpu configure",
                        goal.places.entry_includes)};
  }
  const auto state = manager.unit(goal.places.entry_unit);
  if (!state) return {EvidenceLevel::entry, EvidenceStatus::skipped, state.error().message};
  if (state->main_pid == 0) {
    const bool failed = state->active_state == "failed" || state->load_state != "loaded";
    return {EvidenceLevel::entry, failed ? EvidenceStatus::failed : EvidenceStatus::pending,
            fmt::format("{} is not running ({})", goal.places.entry_unit,
                        state->load_state == "loaded" ? state->active_state : state->load_state)};
  }
  const auto proxy = context.entry.look(goal.places.entry_socket);
  const bool closed = !proxy && proxy.error().code == Errc::permission;
  if (!closed) {
    const std::string missing = missing_in_entry(proxy, goal);
    if (!missing.empty()) return entry_failed(missing, goal);
  }
  return answer_through(context, goal, *state,
                        closed ? "what HAProxy says of the servers only root may ask"
                               : fmt::format("{} servers are up", goal.servers.size()));
}

}  // namespace

std::string missing_in_entry(const Result<ProxyState>& proxy, const ReplicaGoal& goal) {
  if (!proxy) return proxy.error().message;
  if (proxy->mark != goal.mark) return "HAProxy has not read its configuration as it lies on disk";
  for (const ServerGoal& server : goal.servers) {
    const ProxyServer* found = proxy->find("work", server.server.name());
    if (found == nullptr) return fmt::format("HAProxy does not know {}", server.server.unit);
    if (!found->is_up()) {
      return fmt::format("HAProxy says that {} is {}", server.server.unit, found->status);
    }
  }
  return "";
}

std::vector<Evidence> replica_evidence(Context& context, ports::ServiceManager& manager,
                                       const ReplicaGoal& goal, bool restart_expected) {
  std::vector<Evidence> all;
  for (const ServerGoal& server : goal.servers) {
    if (server.server.drop_in_path.empty()) continue;
    Expectation expected = server.expected;
    expected.restart_expected = restart_expected;
    for (Evidence& level : collect_evidence(context, &manager, expected)) {
      level.unit = server.server.unit;
      if (level.level == EvidenceLevel::file && !goal.template_trouble.empty()) {
        level.status = EvidenceStatus::failed;
        level.detail = goal.places.template_path + " " + goal.template_trouble;
        level.remedy = "make it anew: sudo ollama-gpu configure";
      }
      all.push_back(std::move(level));
    }
  }
  all.push_back(entry_evidence(context, manager, goal));
  return all;
}

std::vector<Evidence> standing_replica_evidence(Context& context, const Observation& seen) {
  if (seen.manager == nullptr) return {};
  const auto goal = goal_on_disk(context, seen);
  if (!goal || !*goal) return {};
  return replica_evidence(context, *seen.manager, **goal, false);
}

}  // namespace ollama_gpu::app
