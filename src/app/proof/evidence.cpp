// SPDX-License-Identifier: MIT
#include "app/proof/evidence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "app/proof/elsewhere.hpp"
#include "app/proof/health.hpp"
#include "app/proof/server_evidence.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu::app {

namespace {

Evidence file_evidence(const Context& context, const Expectation& expected) {
  Evidence evidence{EvidenceLevel::file, EvidenceStatus::ok, expected.drop_in_path};
  const auto found = context.files.load(expected.drop_in_path);
  if (!found) {
    evidence.status = EvidenceStatus::skipped;
    evidence.detail = found.error().message;
  } else if (!expected.bytes) {
    evidence.detail = expected.drop_in_path + " is not there";
    if (*found) {
      evidence.status = EvidenceStatus::failed;
      evidence.detail = expected.drop_in_path + " is still there";
    }
  } else if (!*found) {
    evidence.status = EvidenceStatus::failed;
    evidence.detail = expected.drop_in_path + " is missing";
  } else if ((*found)->bytes != *expected.bytes) {
    evidence.status = EvidenceStatus::failed;
    evidence.detail = expected.drop_in_path + " has other contents than intended";
  }
  return evidence;
}

Evidence without_state(EvidenceLevel level, const Context& context, const Expectation& expected) {
  if (!expected.manager_problem.empty()) {
    return {level, EvidenceStatus::skipped, expected.manager_problem};
  }
  return {level, EvidenceStatus::skipped,
          context.options.root.empty() ? "no systemd is running" : "--root: nothing runs there"};
}

// A gate that systemd has and should not, or the other way round.
std::string gate_difference(const ports::UnitState& state, const Expectation& expected) {
  const auto& loaded = state.exec_start_pre;
  if (expected.drop_in.gate) {
    const Gate& gate = *expected.drop_in.gate;
    const auto words = gate_words(gate);
    if (!contains(loaded, words)) {
      return "systemd does not have the gate: " + gate_command(gate);
    }
    if (state.timeout_start_usec >= gate.needed_timeout()) return "";
    return fmt::format("systemd has a start timeout of {}, too short for the gate",
                       render_timeout(state.timeout_start_usec));
  }
  const auto planned = exec_commands_of(expected.snapshot, "ExecStartPre");
  for (const std::vector<std::string>& words : loaded) {
    const bool meant = std::ranges::any_of(planned, [&](const auto& command) {
      const auto gate = parse_gate(command.text);
      return gate && gate_words(*gate) == words;
    });
    if (is_gate(words) && !meant) return fmt::format("systemd still has the gate of {}", words[0]);
  }
  return "";
}

// A variable that systemd does not give to the service as planned, or still gives.
std::string environment_difference(const ports::UnitState& state, const Expectation& expected) {
  const auto planned = environment_map(environment_strings(expected.snapshot.environment));
  const auto loaded = environment_map(state.environment);
  for (const DropInVariable& variable : expected.drop_in.variables) {
    const auto value = value_in(loaded, variable.name);
    const auto plan = value_in(planned, variable.name);
    // From User=, PassEnvironment= or an environment file: systemd reads it at the start only.
    if (!plan && !expected.bytes) continue;
    if (!value) return "systemd does not have " + variable.name;
    if (plan && value != plan) {
      return fmt::format("systemd has {}={}", variable.name, masked_value(variable.name, *value));
    }
  }
  for (const std::string& name : expected.no_longer_set) {
    const auto value = value_in(loaded, name);
    if (!value || value == value_in(planned, name)) continue;
    return fmt::format("systemd still has {}={}", name, masked_value(name, *value));
  }
  return "";
}

// The same for what is kept away from the service.
std::string unset_difference(const ports::UnitState& state, const Expectation& expected) {
  for (const std::string& name : expected.no_longer_unset) {
    const bool meant =
        std::ranges::any_of(expected.snapshot.environment.unset_environment,
                            [&](const NamedSource& unset) { return unset.text == name; });
    if (!meant && contains(state.unset_environment, name)) {
      return "systemd still has UnsetEnvironment=" + name;
    }
  }
  for (const std::string& name : expected.drop_in.unset) {
    if (!contains(state.unset_environment, name)) {
      return "systemd does not have UnsetEnvironment=" + name;
    }
  }
  return "";
}

}  // namespace

std::string manager_difference(const ports::UnitState& state, const Expectation& expected) {
  const bool listed = contains(state.drop_in_paths, expected.drop_in_path);
  if (expected.bytes && !listed) return "systemd has not read " + expected.drop_in_path;
  if (!expected.bytes && listed) return "systemd still has " + expected.drop_in_path;
  for (const auto difference : {&environment_difference, &unset_difference, &gate_difference}) {
    if (std::string words = (*difference)(state, expected); !words.empty()) return words;
  }
  return "";
}

bool reads_as_planned(const ports::UnitState& state, const Expectation& expected) {
  const auto planned = environment_strings(expected.snapshot.environment);
  return environment_map(planned) == environment_map(state.environment);
}

Evidence manager_evidence(const ports::UnitState& state, const Expectation& expected) {
  const std::string difference = manager_difference(state, expected);
  if (!difference.empty()) {
    return {EvidenceLevel::manager, EvidenceStatus::failed, difference};
  }
  if (state.need_daemon_reload) {
    return {EvidenceLevel::manager, EvidenceStatus::failed,
            "files changed since systemd read them (NeedDaemonReload=yes)"};
  }
  return {EvidenceLevel::manager,
          EvidenceStatus::ok,
          fmt::format("systemd has loaded {}",
                      expected.bytes ? "the drop-in, with every setting" : "the unit without it"),
          "",
          "",
          "systemd"};
}

void expect_difference(Expectation& expected, const EffectiveEnvironment& before) {
  const auto& after = expected.snapshot.effective.variables;
  for (const auto& [name, variable] : before.variables) {
    const auto now = after.find(name);
    if (now != after.end() && now->second.value == variable.value) continue;
    expected.no_longer_set.push_back(name);
    // Where the former value was never loaded the process has none at all.
    if (now != after.end()) expected.no_longer_unset.push_back(name);
  }
  for (const auto& [name, variable] : after) {
    if (!before.variables.contains(name)) expected.no_longer_unset.push_back(name);
  }
}

std::vector<std::string> missing_in(const std::map<std::string, std::string>& environment,
                                    const Expectation& expected) {
  std::set<std::string> missing;
  const EffectiveEnvironment& effective = expected.snapshot.effective;
  for (const DropInVariable& variable : expected.drop_in.variables) {
    if (value_in(environment, variable.name) != variable.value) missing.insert(variable.name);
  }
  for (const std::string& name : expected.drop_in.unset) {
    if (environment.contains(name)) missing.insert(name);
  }
  for (const std::string& name : expected.no_longer_set) {
    const auto value = value_in(environment, name);
    if (value && value != value_in(effective, name)) missing.insert(name);
  }
  for (const std::string& name : expected.no_longer_unset) {
    if (effective.variables.contains(name) && !environment.contains(name)) missing.insert(name);
  }
  return {missing.begin(), missing.end()};
}

Evidence process_evidence(Context& context, const ports::UnitState& state,
                          const Expectation& expected) {
  Evidence evidence{EvidenceLevel::process, EvidenceStatus::ok, ""};
  if (state.sub_state.starts_with("auto-restart")) {
    return {EvidenceLevel::process, EvidenceStatus::failed,
            state.n_restarts == 0 ? fmt::format("{} keeps crashing", expected.unit_id)
                                  : fmt::format("{} keeps crashing ({} restarts so far)",
                                                expected.unit_id, state.n_restarts)};
  }
  if (state.main_pid == 0) {
    return {EvidenceLevel::process, EvidenceStatus::pending,
            fmt::format("{} is not running: in force from its next start", expected.unit_id)};
  }
  const auto environment = process_environment(context, state);
  if (!environment) {
    return {EvidenceLevel::process, EvidenceStatus::skipped, environment.error().message};
  }
  const auto missing = missing_in(*environment, expected);
  if (missing.empty()) {
    return {EvidenceLevel::process,
            EvidenceStatus::ok,
            fmt::format("process {} has {}", state.main_pid,
                        expected.bytes ? "every setting" : "what the unit's files set"),
            "",
            "",
            fmt::format("process {}", state.main_pid)};
  }
  if (is_up_to_date(context, state, expected)) {
    return {EvidenceLevel::process, EvidenceStatus::failed,
            set_elsewhere(context, expected.snapshot, missing)};
  }
  return {
      EvidenceLevel::process,
      expected.restart_expected ? EvidenceStatus::failed : EvidenceStatus::pending,
      fmt::format("process {} has other values of: {}", state.main_pid, fmt::join(missing, ", "))};
}

std::vector<Evidence> collect_written_evidence(Context& context, ports::ServiceManager* manager,
                                               const Expectation& expected) {
  std::vector<Evidence> evidence{file_evidence(context, expected)};
  if (manager == nullptr) {
    evidence.push_back(without_state(EvidenceLevel::manager, context, expected));
    return evidence;
  }
  const auto state = manager->unit(expected.unit_id);
  evidence.push_back(
      state ? manager_evidence(*state, expected)
            : Evidence{EvidenceLevel::manager, EvidenceStatus::skipped, state.error().message});
  return evidence;
}

std::vector<Evidence> collect_evidence(Context& context, ports::ServiceManager* manager,
                                       const Expectation& expected) {
  std::vector<Evidence> evidence{file_evidence(context, expected)};
  std::optional<ports::UnitState> state;
  std::string problem;
  if (manager != nullptr) {
    auto asked = manager->unit(expected.unit_id);
    if (asked) state = std::move(*asked);
    if (!asked) problem = asked.error().message;
  }
  if (!state) {
    for (const EvidenceLevel level : {EvidenceLevel::manager, EvidenceLevel::process,
                                      EvidenceLevel::server, EvidenceLevel::devices}) {
      evidence.push_back(without_state(level, context, expected));
      if (!problem.empty()) evidence.back().detail = problem;
    }
    return evidence;
  }
  evidence.push_back(manager_evidence(*state, expected));
  evidence.push_back(process_evidence(context, *state, expected));
  const bool stale = evidence.back().status == EvidenceStatus::pending;
  for (Evidence& level : running_evidence(context, *state, expected, stale)) {
    evidence.push_back(std::move(level));
  }
  return evidence;
}

}  // namespace ollama_gpu::app
