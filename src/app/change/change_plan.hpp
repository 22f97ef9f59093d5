// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change.hpp"
#include "app/change/models_in_use.hpp"
#include "app/proof/evidence.hpp"
#include "app/proof/replica_goal.hpp"

namespace ollama_gpu::app {

enum class ServiceAction { none, start, restart };

// Several servers, as they are and as they are to be; neither: the unit is alone.
struct ReplicaPlan {
  std::optional<ReplicaGoal> from = {};
  std::optional<ReplicaGoal> to = {};
  bool acts = false;   // a server or the entry needs something
  bool rolls = false;  // one after another

  bool any() const { return from || to; }
};

// What has to be done so that a target is reached, and what must hold afterwards.
struct ChangePlan {
  bool write = false;                           // our drop-in is replaced, created or removed
  std::optional<ports::FileContent> ours = {};  // our drop-in afterwards
  std::vector<ports::ReplacedFile> files = {};  // all that is exchanged, in this order
  bool for_good = false;                        // of the target
  bool reload = false;
  ServiceAction service = ServiceAction::none;
  std::vector<PlanStep> steps = {};
  std::vector<std::string> warnings = {};
  Expectation expected = {};  // what must hold afterwards
  // What the process has otherwise although it was started with our settings, and why; no restart
  // would bring them.
  std::string elsewhere = {};
  std::vector<std::string> dependants = {};  // units that are up and restart along
  InUse use = {};                            // what the restart takes away
  ReplicaPlan replicas = {};

  bool changes() const {
    return !files.empty() || reload || service != ServiceAction::none || replicas.acts;
  }
};

// Computes the plan by simulation. Errc::conflict, Errc::not_found or Errc::busy where it cannot
// end well; nothing has been touched then.
Result<ChangePlan> make_plan(Context& context, const ChangeOptions& options,
                             const Observation& observation, const Target& target);

}  // namespace ollama_gpu::app
