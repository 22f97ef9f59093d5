// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/ollama/activity.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::ports {

// A TCP socket that listens, and who holds it (pid 0 without a control group: could not be seen,
// not permitted).
struct Listener {
  int pid = 0;
  std::string command = {};  // its /proc/PID/comm
  std::string cgroup = {};   // its cgroup path ("/system.slice/ollama.service")
  unsigned uid = 0;          // of the socket
  std::string address = {};  // numeric: where a client reaches it
};

// The running processes, from /proc and the cgroup file system.
class Processes {
 public:
  virtual ~Processes() = default;
  // NAME=VALUE strings of /proc/PID/environ. Errc::permission, Errc::not_found.
  virtual Result<std::vector<std::string>> environment(int pid) const = 0;
  // All processes below a control group of systemd's ("/system.slice/ollama.service").
  virtual Result<std::vector<int>> in_control_group(const std::string& cgroup) const = 0;
  // The control group of a process, also of one that is ending and in no group's list any more
  // (kernel/cgroup/cgroup.c, css_task_iter_advance): empty when it cannot be seen.
  virtual std::string control_group(int pid) const = 0;
  // Its /proc/PID/comm; empty when it cannot be seen.
  virtual std::string command(int pid) const = 0;
  // Who listens where a client of `endpoint` would connect; wildcard sockets included. Those of
  // `control_group` (or of one below it) are told as that, whoever asks. Errc::failed where the
  // name has no address, Errc::interrupted.
  virtual Result<std::vector<Listener>> listeners(const Endpoint& endpoint,
                                                  const std::string& control_group) const = 0;
  // CPU time that a control group has used so far, in seconds; 0 once it is gone. Errc::not_found
  // where the kernel does not tell.
  virtual Result<double> cpu_time(const std::string& cgroup) const = 0;
  // The connections that clients have open to the server at `endpoint`. Errc::failed where the
  // kernel does not tell.
  virtual Result<std::vector<ClientConnection>> clients(const Endpoint& endpoint) const = 0;
};

}  // namespace ollama_gpu::ports
