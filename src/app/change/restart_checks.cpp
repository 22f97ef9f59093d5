// SPDX-License-Identifier: MIT
#include "app/change/restart_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/proof/replica_goal.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/drop_in/ready_word.hpp"
#include "ollama_gpu/core/systemd/conditions.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/systemd/start_fault.hpp"

namespace ollama_gpu::app {

namespace {

Result<void> check_restartable(const Observation& seen, const ChangePlan& plan) {
  const ports::UnitState& state = *seen.state;
  const bool stops = plan.service == ServiceAction::restart;
  auto line = find_refusal(plan.expected.snapshot, ByHand::start);
  if (!line && stops) line = find_refusal(plan.expected.snapshot, ByHand::stop);
  // Of a unit that it could not load systemd says so too, whatever it will be like.
  const bool loaded = state.load_state == name_of(LoadState::loaded);
  const bool refuses = loaded && ((stops && !state.can_stop) || !state.can_start);
  if (!refuses && !line) return {};
  return Failure(Error{Errc::conflict,
                       fmt::format("{} refuses to be restarted by hand (RefuseManualStart= or "
                                   "RefuseManualStop=)",
                                   seen.unit_id),
                       "use --restart never: the settings are in force from its next start", line});
}

// systemd would stop the service, and then skip its start.
Result<void> check_conditions(Context& context, const Observation& seen, const ChangePlan& plan) {
  const auto unmet = find_unmet_condition(context.files, plan.expected.snapshot);
  if (!unmet) return {};
  return Failure(Error{
      Errc::conflict,
      fmt::format("{} would not come back: systemd skips its start while this is not met",
                  seen.unit_id),
      "see to it that it is met, or use --restart never: the settings are in force from the next "
      "start",
      unmet});
}

// The gate of --require-gpu without its program: the running service would not come back.
Result<void> check_gate(Context& context, const Observation& seen, const UnitSnapshot& snapshot) {
  if (has_own_root(snapshot)) return {};
  for (const ExecCommand& before : exec_commands_of(snapshot, "ExecStartPre")) {
    const auto gate = parse_gate(before.text);
    if (!gate || !gate->required) continue;
    const auto found = context.files.resolve(before.program);
    if (found || found.error().code != Errc::not_found) continue;
    return Failure(
        Error{Errc::conflict,
              fmt::format("{} could not start: there is no {}", seen.unit_id, before.program),
              "install it, or mend that line", before.place});
  }
  return {};
}

Result<void> check_files(Context& context, const Observation& seen, const UnitSnapshot& snapshot) {
  auto fault = find_start_fault(context.files, snapshot);
  if (!fault) fault = find_ready_fault(snapshot);
  if (!fault) return check_gate(context, seen, snapshot);
  fault->message = fmt::format("{} could not start: {}", seen.unit_id, fault->message);
  return Failure(std::move(*fault));
}

// Someone else on Ollama's address: the restart could only fail, or prove nothing.
// Of several servers that are to be one again: their entry makes room before.
bool is_of_entry(const Observation& seen, const ports::Listener& other) {
  const auto places = places_of(seen);
  if (!places || servers_of(seen.current.drop_in, *places).empty()) return false;
  const auto entry = seen.manager->unit(places->entry_unit);
  return entry && !entry->control_group.empty() && other.cgroup == entry->control_group;
}

Result<void> check_address(Context& context, const Observation& seen,
                           const UnitSnapshot& snapshot) {
  if (!can_be_asked(snapshot)) return {};  // nobody here is in its way
  const Endpoint endpoint = endpoint_of(snapshot.effective);
  const auto sockets = who_listens(context, endpoint, *seen.state);
  if (!sockets || !sockets->first || sockets->own) return {};
  if (sockets->unseen && !context.host.is_root()) return {};
  const ports::Listener& other = *sockets->first;
  if (is_of_entry(seen, other)) return {};
  return fail(Errc::conflict,
              fmt::format("{} is taken: {} (pid {}) listens there", endpoint.text(),
                          other.command.empty() ? "another process" : other.command, other.pid),
              "stop it, or choose another address with --listen");
}

}  // namespace

std::vector<std::string> active_dependants(const Observation& seen) {
  std::vector<std::string> active;
  for (const auto* list :
       {&seen.state->required_by, &seen.state->bound_by, &seen.state->consists_of}) {
    for (const std::string& unit : *list) {
      if (contains(active, unit)) continue;
      const auto state = seen.manager->active_state(unit);
      if (state && *state == "active") active.push_back(unit);
    }
  }
  return active;
}

Result<void> check_restart(Context& context, const Observation& seen, const ChangePlan& plan) {
  if (auto allowed = check_restartable(seen, plan); !allowed) return allowed;
  if (auto met = check_conditions(context, seen, plan); !met) return met;
  if (auto found = check_files(context, seen, plan.expected.snapshot); !found) return found;
  return check_address(context, seen, plan.expected.snapshot);
}

std::optional<Error> address_taken(Context& context, const Observation& seen) {
  auto free = check_address(context, seen, seen.disk);
  return free ? std::nullopt : std::optional(std::move(free.error()));
}

}  // namespace ollama_gpu::app
