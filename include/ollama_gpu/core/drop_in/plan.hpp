// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// What a step does. The lines of a file that change (set to mend) come before what is done.
enum class PlanAction {
  set,
  withdraw,
  keep,   // a variable that the user has set otherwise
  adopt,  // a hand edit of ours is taken over
  mend,   // a finding of doctor's
  wait,   // until the service is idle
  write,
  remove,
  reload,
  unload,  // a model, by the restart
  restart,
  start,
  note,  // for information only
};

// As JSON and the text name them, in the order of PlanAction; docs/schema.json lists the same.
inline constexpr std::array<std::string_view, 13> kPlanActionNames = {
    "set",    "withdraw", "keep",   "adopt",   "mend",  "wait", "write",
    "remove", "reload",   "unload", "restart", "start", "note"};
static_assert(kPlanActionNames.size() == static_cast<std::size_t>(PlanAction::note) + 1);

constexpr std::string_view name_of(PlanAction action) {
  return kPlanActionNames[static_cast<std::size_t>(action)];
}

// The reason of a step that writes a file where none was.
inline constexpr std::string_view kNewFile = "new file";

// One step from the observed state to the desired one.
struct PlanStep {
  PlanAction action = PlanAction::note;
  std::string path = {};    // the file, or the unit
  std::string reason = {};  // in words; of a variable too: "NAME=value (was other): why"
  // Of a variable alone, secrets masked: what it is set to or was withdrawn from, and why.
  std::string name = {};
  std::optional<std::string> value = {};
  std::optional<std::string> was = {};
  std::string why = {};
  std::string unit = {};  // of what is done to a unit
  bool in_full = false;   // stands in the long form only
};

// Of a variable that is set, changed or withdrawn (no value).
PlanStep variable_step(PlanAction action, std::string path, std::string name,
                       std::optional<std::string> value, std::optional<std::string> was,
                       std::string_view why);
// Adds why, also to the words.
void explain(PlanStep& step, std::string_view why);

}  // namespace ollama_gpu
