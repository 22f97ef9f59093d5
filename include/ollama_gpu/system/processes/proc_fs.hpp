// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ollama_gpu/ports/processes.hpp"

namespace ollama_gpu {

class Resolver;

// Processes as /proc and the cgroup file system show them (proc(5), cgroups(7)); cgroups are found
// through its self/mountinfo.
class ProcFs final : public ports::Processes {
 public:
  ProcFs();
  // Another procfs: sockets are looked up in its tables, since the kernel would tell of our own.
  explicit ProcFs(std::string proc);
  ~ProcFs() override;

  Result<std::vector<std::string>> environment(int pid) const override;
  // Empty when the control group does not exist (any more).
  Result<std::vector<int>> in_control_group(const std::string& cgroup) const override;
  // The control group of a process as systemd names it; empty when not found.
  std::string control_group(int pid) const override;
  std::string command(int pid) const override;
  // Of several sockets that could take the connection, those that the kernel prefers: a socket
  // bound to the very address goes before a wildcard one.
  Result<std::vector<ports::Listener>> listeners(const Endpoint& endpoint,
                                                 const std::string& control_group) const override;
  // Whether the other end of a connected TCP socket is a socket of this control group or of one
  // below it. Errc::conflict where it is another's, Errc::failed where that cannot be seen.
  Result<void> check_other_end(int fd, const std::string& control_group) const;
  Result<double> cpu_time(const std::string& cgroup) const override;
  // Of this network namespace, from sock_diag(7), whatever `proc` is.
  Result<std::vector<ClientConnection>> clients(const Endpoint& endpoint) const override;

 private:
  std::set<std::uint64_t> groups_of(const std::string& control_group) const;

  std::string proc_;
  bool ask_kernel_ = false;
  std::unique_ptr<Resolver> resolver_;
};

}  // namespace ollama_gpu
