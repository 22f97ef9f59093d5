// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

inline constexpr double kReloadTimeout = 180;  // seconds, as systemctl allows

// How far a change had come when it had to be undone.
struct Progress {
  bool written = false;
  bool made_directory = false;
  bool reloaded = false;
  bool restarted = false;
};

struct PutBack {
  bool complete = false;     // the former state is back, and verified
  std::string problem = {};  // what is not, and what lies where
  std::string hint = {};     // what to type
};

// Brings back the former file, reloads, and restarts into the former settings. Never interrupted.
PutBack put_back(Context& context, const ChangeOptions& options, const Observation& observation,
                 const ChangePlan& plan, const Progress& progress);

// How long a restart of this unit may take, in seconds: its own limits and 30 s.
double job_timeout(const ports::UnitState& state);

// A tick that shows a wait and ends it when a signal came (unless not interruptible).
ports::ServiceManager::Tick waiting_tick(Context& context, std::string what, double limit,
                                         bool interruptible);

}  // namespace ollama_gpu::app
