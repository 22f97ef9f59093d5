// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/doctor/finding.hpp"
#include "ollama_gpu/core/drop_in/request.hpp"

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
  bool confirm = false;  // somebody is asked: what was planned before the answer is planned anew
  RestartMode restart = RestartMode::automatic;
  double timeout = 180;
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

struct RollbackOptions {
  ChangeOptions change = {};
  std::optional<std::uint64_t> generation = {};  // nothing: undo the last change
};

struct VerifyOptions {
  std::string load = {};     // a model to load; empty: none
  bool force = false;        // though other models may then be pushed out
  bool strict = false;       // what could not be seen fails too
  bool keep_loaded = false;  // by `load`, for what comes after
  std::string probe = {};    // a model that is to answer; empty: none
  double timeout = 30;       // seconds that it has
};

struct StatusOptions {
  bool evidence = true;    // it takes time: the page that is redrawn each second does without
  double answer_time = 3;  // seconds that Ollama has for an answer
  bool brief = false;      // what stands there when nothing is typed but the program's name
  bool exit_code = false;  // a service that is down, or something that does not hold, is an error
};

struct ShowOptions {
  std::vector<std::string> variables = {};
};

struct WaitOptions {
  Selector gpus = {};             // without ids: those that are there
  double timeout = kGateSeconds;  // seconds; 0: look once
};

struct DoctorOptions {
  std::vector<std::string> ignore = {};  // codes
  Severity fail_on = Severity::warning;  // never info
  bool fix = false;                      // whatever can be fixed
  ChangeOptions change = {};             // with `fix` only
};

}  // namespace ollama_gpu::app
