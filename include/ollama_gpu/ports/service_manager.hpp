// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::ports {

// A service as systemd has it loaded now (org.freedesktop.systemd1, Unit and Service interfaces).
struct UnitState {
  std::string id;
  std::string load_state = {};    // "loaded", "not-found", "masked", "error", "bad-setting"
  std::string active_state = {};  // "active", "inactive", "activating", "deactivating", "failed"...
  std::string sub_state = {};     // "running", "dead", "auto-restart"...
  std::string fragment_path = {};
  std::vector<std::string> drop_in_paths = {};
  bool need_daemon_reload = false;
  bool can_start = true;           // false: RefuseManualStart=yes (CanStart)
  bool condition_result = true;    // false: its last start was skipped (ConditionResult)
  bool can_stop = true;            // false: RefuseManualStop=yes (CanStop)
  std::string invocation_id = {};  // 32 hexadecimal digits, or empty
  std::uint32_t job_id = 0;        // 0: no job queued
  std::string job_type = {};       // "start", "restart"... of that job
  std::vector<std::string> required_by = {};
  std::vector<std::string> bound_by = {};
  std::vector<std::string> consists_of = {};
  std::uint64_t active_enter_usec = 0;  // ActiveEnterTimestamp, microseconds since the epoch

  std::uint32_t main_pid = 0;
  std::string result = {};  // "success", "exit-code", "start-limit-hit"...
  std::uint32_t n_restarts = 0;
  std::int32_t exec_main_code = 0;
  std::int32_t exec_main_status = 0;
  std::string control_group = {};
  std::uint64_t timeout_start_usec = 0;  // UINT64_MAX: infinity
  std::uint64_t timeout_stop_usec = 0;
  std::vector<std::string> environment = {};
  std::vector<std::string> unset_environment = {};
  std::vector<std::vector<std::string>> exec_start_pre = {};  // argv of each command
  std::string log_namespace = {};
  std::string standard_error = {};
};

// What the manager is, and where it looks for units (highest priority first).
struct ManagerState {
  std::string version = {};                   // "252.39-1~deb12u2"
  std::vector<std::string> environment = {};  // what it gives to every service
  std::vector<std::string> unit_path = {};
  std::uint64_t default_timeout_start_usec = 90'000'000;  // UINT64_MAX: infinity
  std::uint64_t units_load_usec = 0;  // UnitsLoadTimestamp, microseconds since the epoch
};

// What systemd can be told to do with a unit.
enum class Job {
  start,
  stop,
  restart,
  restart_alone,  // and none of the units that depend on it (job mode ignore-dependencies)
  reload,         // its ExecReload=
};

// How a job ended: systemd's JobRemoved result ("done", "canceled", "failed"...).
struct JobResult {
  std::string result;
};

// systemd's manager, system or user. Every call blocks until its deadline; errors: Errc::permission
// (polkit, private socket), Errc::not_found, Errc::busy (rate limit, interrupted by other work),
// Errc::interrupted (a signal came), Errc::failed.
class ServiceManager {
 public:
  using Seconds = std::chrono::duration<double>;
  // Called about every 100 ms while a call waits, with the time waited; returns false to give up.
  using Tick = std::function<bool(Seconds)>;

  virtual ~ServiceManager() = default;
  virtual Result<ManagerState> manager() = 0;
  virtual Result<UnitState> unit(const std::string& name) = 0;  // loads it when needed
  // ActiveState of another unit, "inactive" when not loaded.
  virtual Result<std::string> active_state(const std::string& name) = 0;
  virtual Result<void> reload(Seconds timeout, const Tick& tick) = 0;
  virtual Result<void> reset_failed(const std::string& unit) = 0;
  // Runs a job, and waits for that very one to be removed.
  virtual Result<JobResult> run(Job job, const std::string& unit, Seconds timeout,
                                const Tick& tick) = 0;
};

}  // namespace ollama_gpu::ports
