// SPDX-License-Identifier: MIT
#include "app/change/plan_steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/history.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu::app {

namespace {

using Steps = std::vector<PlanStep>;

std::optional<std::string> shown(const DropInVariable* variable) {
  if (variable == nullptr) return std::nullopt;
  return masked_value(variable->name, variable->value);
}

void add_gate(Steps& steps, const Observation& seen, const std::optional<Gate>& old,
              const std::optional<Gate>& planned) {
  if (old == planned) return;
  if (!planned) {
    steps.push_back({PlanAction::withdraw, seen.drop_in_path, "the gate: " + gate_command(*old)});
    return;
  }
  steps.push_back({PlanAction::set, seen.drop_in_path,
                   fmt::format("the gate: before each start, {} waits {}; {}", planned->program,
                               describe_gate(*planned),
                               planned->required ? "Ollama does not start without them"
                                                 : "then Ollama starts without them")});
}

void add_settings(Steps& steps, const Observation& seen, const Target& target,
                  const ChangePlan& plan) {
  if (!plan.write) return;
  const DropIn& old = seen.current.drop_in;
  const DropIn& planned = plan.expected.drop_in;
  for (const DropInVariable& variable : planned.variables) {
    const DropInVariable* before = old.find(variable.name);
    if (before != nullptr && before->value == variable.value) continue;
    const auto asked = target.reasons.find(variable.name);
    const bool is_asked = variable.reason.empty() && asked != target.reasons.end();
    steps.push_back(variable_step(PlanAction::set, seen.drop_in_path, variable.name,
                                  masked_value(variable.name, variable.value), shown(before),
                                  is_asked ? asked->second : variable.reason));
  }
  for (const DropInVariable& variable : old.variables) {
    if (planned.find(variable.name) != nullptr) continue;
    steps.push_back(variable_step(PlanAction::withdraw, seen.drop_in_path, variable.name,
                                  std::nullopt, shown(&variable), ""));
  }
  add_gate(steps, seen, old.gate, planned.gate);
  for (const std::string& name : old.unset) {
    const auto& kept = planned.unset;
    if (contains(kept, name)) continue;
    steps.push_back({PlanAction::withdraw, seen.drop_in_path, "UnsetEnvironment=" + name});
  }
  for (const ForeignDirective& line : old.foreign) {
    const auto& kept = planned.foreign;
    if (contains(kept, line)) continue;
    steps.push_back({PlanAction::withdraw, seen.drop_in_path, line.text + " (added by hand)"});
  }
}

std::string lines_of(const std::set<std::size_t>& lines) {
  return fmt::format("line{} {}", lines.size() == 1 ? "" : "s", fmt::join(lines, ", "));
}

// Whom our settings beat, and lines that stand there more than once.
void add_beaten(Steps& steps, const ChangePlan& plan) {
  struct Beaten {
    std::set<std::size_t> lines;
    std::string value;
  };
  for (const DropInVariable& variable : plan.expected.drop_in.variables) {
    const auto& variables = plan.expected.snapshot.effective.variables;
    const auto effective = variables.find(variable.name);
    if (effective == variables.end()) continue;
    if (effective->second.source.file != plan.expected.drop_in_path) continue;
    std::map<std::string, Beaten> files;
    for (const Assignment& loser : effective->second.overridden) {
      if (loser.source.file.empty()) continue;
      Beaten& beaten = files[loser.source.file];
      if (beaten.lines.empty()) beaten.value = masked_value(variable.name, loser.value);
      beaten.lines.insert(loser.source.line);
    }
    for (const auto& [file, beaten] : files) {
      std::string reason =
          fmt::format("{} set{} {}={}: ours wins", lines_of(beaten.lines),
                      beaten.lines.size() == 1 ? "s" : "", variable.name, beaten.value);
      if (beaten.lines.size() > 1) reason = fmt::format("{} (set more than once there)", reason);
      steps.push_back({PlanAction::note, file, std::move(reason)});
    }
  }
}

// Other people's edits that systemd has not read yet: our reload makes them live.
void add_pending_edits(Steps& steps, const Observation& seen) {
  const ports::UnitState& state = *seen.state;
  for (const std::string& path : seen.disk.on_disk.drop_ins) {
    const auto& loaded = state.drop_in_paths;
    const bool known = contains(loaded, path);
    if (known || path == seen.drop_in_path) continue;
    steps.push_back(
        {PlanAction::note, path, "systemd has not read this file yet: the reload makes it live"});
  }
  const auto loaded = environment_map(state.environment);
  for (const Assignment& assignment : seen.without_ours.environment.environment) {
    const auto value = loaded.find(assignment.name);
    const bool same = value != loaded.end() && value->second == assignment.value;
    if (same || seen.current.drop_in.find(assignment.name) != nullptr) continue;
    steps.push_back(
        {PlanAction::note, fmt::format("{}:{}", assignment.source.file, assignment.source.line),
         fmt::format("{}={} was edited since systemd loaded the unit: the reload makes "
                     "it live",
                     assignment.name, masked_value(assignment.name, assignment.value))});
  }
}

void add_own_write(Steps& steps, const Observation& seen, const ChangePlan& plan,
                   bool brings_back) {
  if (!plan.ours) {
    steps.push_back(
        {PlanAction::remove, seen.drop_in_path, "it goes; what it said is kept as a generation"});
    return;
  }
  if (seen.former && seen.edited_by_hand) {
    steps.push_back({PlanAction::adopt, seen.drop_in_path,
                     brings_back
                         ? "it was edited by hand: the file as it was is kept as a generation"
                         : "it was edited by hand: what it says is kept, and the file as "
                           "it was is kept as a generation"});
  }
  steps.push_back({PlanAction::write, seen.drop_in_path,
                   seen.former ? std::string("replaced in one step") : std::string(kNewFile)});
}

bool is_own(const Target& target, const std::string& path) {
  return std::ranges::any_of(target.own, [&](const OwnFile& file) { return file.path == path; });
}

void add_writes(Steps& steps, const Observation& seen, const Target& target,
                const ChangePlan& plan) {
  for (const ports::ReplacedFile& file : plan.files) {
    if (file.path == seen.drop_in_path) {
      add_own_write(steps, seen, plan, std::holds_alternative<Exact>(target.ours));
    } else if (is_own(target, file.path)) {
      steps.push_back(file.written
                          ? PlanStep{PlanAction::write, file.path, "for the servers that share"}
                          : PlanStep{PlanAction::remove, file.path, "no longer needed"});
      steps.back().in_full = true;
    } else {
      steps.push_back(
          {PlanAction::write, file.path,
           "not ours: replaced in one step, its mode and owner stay; the file as it was "
           "is kept as a generation"});
    }
  }
}

void add_service(Steps& steps, const Observation& seen, const ChangePlan& plan,
                 const std::string& restart_reason) {
  const auto act = [&steps](PlanAction action, const std::string& unit, std::string reason) {
    steps.push_back({action, unit, std::move(reason)});
    steps.back().unit = unit;
  };
  if (plan.service == ServiceAction::restart) {
    act(PlanAction::restart, seen.unit_id, restart_reason);
  } else if (plan.service == ServiceAction::start) {
    act(PlanAction::start, seen.unit_id, restart_reason);
  }
  for (const std::string& unit : plan.dependants) {
    act(PlanAction::restart, unit,
        fmt::format("it depends on {} and restarts along", seen.unit_id));
  }
  if (plan.service != ServiceAction::none || seen.state->main_pid != 0) return;
  const char* reason = seen.state->job_id != 0
                           ? "a start job is queued: it starts with these settings"
                           : "not running: these settings are in force from its next start";
  steps.push_back({PlanAction::note, seen.unit_id, reason});
}

}  // namespace

std::vector<PlanStep> plan_steps(const Observation& seen, const Target& target,
                                 const ChangePlan& plan, const std::string& restart_reason,
                                 const std::string& reload_reason) {
  Steps steps = target.notes;
  add_settings(steps, seen, target, plan);
  add_beaten(steps, plan);
  add_writes(steps, seen, target, plan);
  if (plan.reload) {
    if (seen.state) add_pending_edits(steps, seen);
    steps.push_back({PlanAction::reload, "systemd", reload_reason});
  }
  if (seen.state) {
    add_service(steps, seen, plan, restart_reason);
  } else {
    steps.push_back(
        {PlanAction::note, seen.unit_id, "no systemd is running: in force from the next boot"});
  }
  return steps;
}

std::vector<std::string> names_no_longer_set(const Observation& seen, const DropIn& planned) {
  std::set<std::string> names;
  for (const DropIn& drop_in : known_drop_ins(seen)) {
    for (const DropInVariable& variable : drop_in.variables) names.insert(variable.name);
  }
  std::erase_if(names, [&](const auto& name) { return planned.find(name) != nullptr; });
  return {names.begin(), names.end()};
}

std::vector<std::string> names_no_longer_unset(const Observation& seen, const DropIn& planned) {
  std::set<std::string> names;
  for (const DropIn& drop_in : known_drop_ins(seen)) {
    names.insert(drop_in.unset.begin(), drop_in.unset.end());
  }
  for (const std::string& name : planned.unset) names.erase(name);
  return {names.begin(), names.end()};
}

}  // namespace ollama_gpu::app
