// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/drop_in/plan.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

// One change that the user asked for.
struct SettingChange {
  enum class Kind {
    set,    // NAME=value
    off,    // effectively `value`: our line removed, or NAME=value where something else sets it
    unset,  // the process does not get NAME
  };
  Kind kind = Kind::set;
  std::string name;
  std::string value = {};
  std::string option = {};  // as typed, for messages: "--no-spread"
};

// Several servers that share the GPUs, or one again.
struct ReplicaRequest {
  bool wanted = true;
  unsigned count = 0;  // 0: one per GPU
};

// Everything that `configure` was asked for, checked for its form but not against the machine.
struct ConfigureRequest {
  std::optional<Selector> gpus = {};
  GpuIds gpu_ids = GpuIds::automatic;
  std::vector<SettingChange> changes = {};
  std::optional<GateRequest> gate = {};
  std::optional<ReplicaRequest> replicas = {};
  bool exact = false;
  bool force = false;
};

// Checks one change against Ollama's grammar and what systemd can carry; with `force` only the
// latter. Errc::usage.
Result<void> check_change(const SettingChange& change, bool force);

// Errc::usage where what was asked for contradicts what the drop-in then says otherwise.
Result<void> check_together(const ConfigureRequest& request, const DropIn& merged);

// What our drop-in is to hold, and why, in steps for the plan.
struct DesiredDropIn {
  DropIn drop_in;
  std::vector<PlanStep> notes = {};
  std::map<std::string, std::string> reasons = {};  // of what the user asked for: by variable
};

// Merges a request into what our drop-in says now. `selection`: the variables that --gpus resolved
// to (nothing: --gpus was not given); `without_ours`: the effective environment if our drop-in were
// not there.
DesiredDropIn merge_request(const DropIn& current, const ConfigureRequest& request,
                            const std::optional<SelectionVariables>& selection,
                            const EffectiveEnvironment& without_ours);

}  // namespace ollama_gpu
