// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/request.hpp"

namespace ollama_gpu::app {

enum class RestartMode { automatic, never, always };

struct GlobalOptions {
  std::string unit = "ollama.service";  // as typed
  bool user = false;
  std::string root = {};          // --root DIR; empty: the running system
  std::string command_line = {};  // kept with a generation; secrets masked
};

// Options of every command that changes something; times in seconds.
struct ChangeOptions {
  bool dry_run = false;
  bool check = false;
  RestartMode restart = RestartMode::automatic;
  double timeout = 120;
  std::optional<double> settle = {};  // default 5; 15 where Ollama cannot be asked
  double lock_timeout = 10;
  bool no_rollback = false;
  bool no_verify = false;
  bool require_gpu = false;
  std::optional<double> when_idle = {};  // wait so long for it before a restart
  bool preload = false;                  // load again what a restart unloaded
};

struct ConfigureOptions {
  ChangeOptions change = {};
  ConfigureRequest request = {};
};

struct ShowOptions {
  std::vector<std::string> variables = {};
};

}  // namespace ollama_gpu::app
