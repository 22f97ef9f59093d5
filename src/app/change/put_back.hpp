// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// How far a change had come when it had to be undone.
struct Progress {
  bool written = false;
  bool made_directory = false;
  bool reloaded = false;
  bool restarted = false;
  std::set<std::string> touched = {};  // of several servers
};

struct PutBack {
  bool complete = false;     // the former state is back, and verified
  std::string problem = {};  // what is not, and what lies where
  std::string hint = {};     // what to type
};

// Brings back the former file, reloads, and restarts into the former settings. Never interrupted.
PutBack put_back(Context& context, const ChangeOptions& options, const Observation& observation,
                 const ChangePlan& plan, const Progress& progress);

}  // namespace ollama_gpu::app
