// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
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

// One step from the observed state to the desired one.
struct PlanStep {
  PlanAction action = PlanAction::note;
  std::string path = {};  // the file, or the unit
  std::string reason = {};
};

}  // namespace ollama_gpu
