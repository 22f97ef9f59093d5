// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/running.hpp"
#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"

namespace ollama_gpu::app {

// What is to be proved: our drop-in's settings, all the way down.
struct Expectation {
  std::string unit_id;
  std::string drop_in_path;
  std::optional<std::string> bytes = {};  // of the drop-in; nothing: there is none
  DropIn drop_in = {};
  std::vector<std::string> no_longer_set = {};    // variables that we set before and no longer do
  std::vector<std::string> no_longer_unset = {};  // variables that we unset before and no longer do
  UnitSnapshot snapshot = {};                     // with the drop-in as it should be
  std::string manager_problem = {};
  bool restart_expected = true;  // an old process is then a failure, not pending
  // When at the latest systemd had loaded what the files say, in microseconds since the epoch; 0:
  // not known.
  std::uint64_t loaded_usec = 0;
};

// Adds to the expectation what the unit's files made effective before (`before`) and no longer do,
// and the other way round: a change of somebody else's file has to reach the process too.
void expect_difference(Expectation& expected, const EffectiveEnvironment& before);

// Every level from `file` to `devices`, in order; read-only. `manager` null: those below are
// skipped.
std::vector<Evidence> collect_evidence(Context& context, ports::ServiceManager* manager,
                                       const Expectation& expected);

// Only `file` and `manager`: what --no-verify leaves.
std::vector<Evidence> collect_written_evidence(Context& context, ports::ServiceManager* manager,
                                               const Expectation& expected);

// What of ours systemd does not have as expected, in words; empty when all is well.
std::string manager_difference(const ports::UnitState& state, const Expectation& expected);

// Whether systemd has every variable as the files have it, whoever sets it.
bool reads_as_planned(const ports::UnitState& state, const Expectation& expected);

// One level each; used by the above and by the planner. The other levels have files of their own:
// server_evidence, devices_evidence, memory_evidence.
Evidence manager_evidence(const ports::UnitState& state, const Expectation& expected);
Evidence process_evidence(Context& context, const ports::UnitState& state,
                          const Expectation& expected);

// Names that the environment does not have as `expected` says, or has though they are unset or no
// longer set.
std::vector<std::string> missing_in(const std::map<std::string, std::string>& environment,
                                    const Expectation& expected);

}  // namespace ollama_gpu::app
