// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/doctor/finding.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"
#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/drop_in/plan.hpp"
#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/ports/generation_result.hpp"

namespace ollama_gpu::app {

// What a command has to say; presentation renders it once as text and once as JSON.

// `configure`, `reset`, `rollback`.
struct ChangeReport {
  std::string unit = {};
  bool preview = false;  // --dry-run or --check: nothing was done
  bool changed = false;
  bool applied = false;
  bool restarted = false;
  bool rolled_back = false;
  std::optional<std::uint64_t> generation = {};
  std::vector<PlanStep> plan = {};
  std::string diff = {};
  std::vector<Evidence> evidence = {};
  std::vector<std::string> warnings = {};
  std::vector<std::string> journal = {};  // why the service failed, as it said itself
  std::string summary = {};               // the outcome in one line
  std::string advice = {};                // where nothing is configured, and the command for it
  std::string undo = {};                  // commands to type, once something was done
  std::string look = {};
};

struct GenerationInReport {
  std::uint64_t id = 0;
  std::int64_t time = 0;     // seconds since the epoch
  std::string command = {};  // secrets masked
  ports::GenerationResult result = ports::GenerationResult::pending;
};

// `rollback --list`; oldest first.
struct GenerationsReport {
  std::string unit = {};
  std::vector<GenerationInReport> generations = {};
  std::vector<std::string> warnings = {};
};

// One GPU before and after a model was loaded; bytes held by processes of the unit.
struct GpuLoad {
  Gpu gpu = {};  // after
  bool selected = false;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  bool sure =
      true;  // whether Ollama can use it is known (an AMD GPU that nobody listed may not be)
};

// `verify --load`: how a model lies on the GPUs.
struct LoadReport {
  std::string unit = {};  // of several servers, the one
  std::string model = {};
  bool was_loaded = false;  // before: nothing was loaded for the test
  bool unloaded = false;    // after it
  double seconds = 0;       // that loading took
  std::uint64_t size = 0;   // of the model in memory, as Ollama says it
  std::uint64_t size_vram = 0;
  bool spread = false;        // OLLAMA_SCHED_SPREAD of the running process
  bool equal_shares = false;  // split mode tensor: every selected GPU is to hold the same
  std::vector<GpuLoad> gpus = {};
  std::optional<double> largest_to_mean = {};  // of the selected GPUs' shares
};

struct VerifyReport {
  std::string unit = {};
  std::vector<Evidence> evidence = {};
  std::vector<std::string> warnings = {};
  std::optional<LoadReport> load = {};
  std::vector<LoadReport> other_loads = {};  // of the other servers
};

struct UnitReport {
  std::string id = {};
  std::string load_state = {};
  std::string active_state = {};
  std::string sub_state = {};
  std::string fragment = {};
  std::vector<std::string> drop_ins = {};
  std::uint32_t main_pid = 0;
  std::uint32_t n_restarts = 0;
  bool need_daemon_reload = false;
  std::optional<std::int64_t> uptime = {};  // seconds
  std::string version = {};                 // of Ollama, as it answers
  std::string address = {};                 // "127.0.0.1:11434"
  std::optional<GateInForce> gate = {};

  // systemd had to start it again less than a minute ago, or is about to.
  bool has_just_failed() const {
    constexpr std::int64_t kMinute = 60;
    return n_restarts > 0 && uptime.value_or(0) < kMinute;
  }
};

// A setting in force (or on disk, when the process does not have it).
struct SettingInForce {
  std::string name = {};
  std::string value = {};
  Source source = {};
  bool ours = false;
  std::optional<bool> in_process = {};  // empty: could not be seen
};

// A process that holds memory on a GPU.
struct ProcessOnGpu {
  int pid = 0;
  std::string command = {};                  // empty: could not be seen
  std::optional<std::uint64_t> memory = {};  // bytes
  std::optional<bool> of_ollama = {};        // of the unit; empty: could not be known
};

struct GpuInReport {
  Gpu gpu;
  std::optional<bool> visible_to_ollama = {};        // empty: could not be known
  std::optional<std::uint64_t> held_by_ollama = {};  // bytes, by processes of the unit
  std::vector<ProcessOnGpu> processes = {};
};

struct ModelReport {
  std::string name = {};
  std::uint64_t size = 0;
  std::uint64_t size_vram = 0;
  std::optional<double> expires_in = {};  // seconds; empty: for ever
  std::string unit = {};                  // of several servers, the one that has it
};

// One of several servers, as it is and as HAProxy sees it.
struct ServerInReport {
  std::string unit = {};
  std::string address = {};
  std::string active_state = {};
  std::string gpus = {};                        // ids, "0,1"
  std::string in_entry = {};                    // "UP", "DOWN", "DRAIN"...; empty: not seen
  std::optional<std::uint64_t> under_way = {};  // requests
  std::optional<std::uint64_t> answered = {};   // since HAProxy read its configuration
  std::optional<std::vector<ModelReport>> models = {};
};

// What stands before several servers.
struct EntryReport {
  std::string unit = {};
  std::string address = {};
  std::string active_state = {};
  std::optional<std::uint64_t> waiting = {};  // requests for which no server is free
  std::vector<ServerInReport> servers = {};
};

struct StatusReport {
  UnitReport unit = {};
  std::optional<EntryReport> entry = {};
  std::vector<SettingInForce> settings = {};
  std::vector<GpuInReport> gpus = {};
  std::string gpu_problem = {};
  std::optional<std::vector<ModelReport>> models = {};  // empty: Ollama could not be asked
  std::vector<Evidence> evidence = {};
  std::vector<std::string> warnings = {};
  std::string advice = {};  // where nothing is configured and several GPUs are there
  std::string next = {};    // the command that the advice leads to
  bool brief = false;       // three lines instead of a page
  bool live = false;        // drawn each second: what moves comes first
};

struct ShowReport {
  std::string unit = {};
  std::string fragment = {};
  std::vector<std::string> drop_ins = {};
  EffectiveEnvironment environment = {};
  std::vector<Assignment> unit_environment = {};
  std::optional<GateInForce> gate = {};
  std::vector<std::string> only = {};  // the variables asked for; empty: all
  std::string toml = {};               // the file for `configure --config` that makes the same
  std::vector<std::string> warnings = {};
};

struct GpusReport {
  std::vector<GpuInReport> gpus = {};
  std::string source = {};
  std::string problem = {};
  GpuFault fault = GpuFault::none;
};

struct GpuWaitedFor {
  std::optional<unsigned> index = {};
  std::string uuid = {};  // of the MIG instance, where it is one
  std::string pci = {};
  std::string name = {};
};

struct WaitReport {
  bool ready = false;
  double waited = 0;                    // seconds
  double limit = 0;                     // seconds
  std::vector<GpuWaitedFor> gpus = {};  // those asked for, as far as they were found
};

struct SettingsReport {
  std::vector<std::string> names = {};  // of known settings, in the order to show
  bool all = false;                     // as text, those of the client and of the past too
};

// `doctor`.
struct DoctorReport {
  std::string unit = {};
  std::vector<Finding> findings = {};
  std::size_t ignored = 0;                 // findings left out by --ignore
  std::vector<std::string> not_seen = {};  // what could not be looked at, with the reason
};

// "2 errors, 1 warning"; "nothing" where there is none of that severity or above.
std::string count_findings(const std::vector<Finding>& findings, Severity least);

// One finished command.
template <class Report>
struct Outcome {
  Report report = {};
  std::optional<Error> error = {};
};

}  // namespace ollama_gpu::app
