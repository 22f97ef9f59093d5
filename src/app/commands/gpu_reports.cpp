// SPDX-License-Identifier: MIT
#include "app/commands/gpu_reports.hpp"

#include <algorithm>

#include "app/proof/replica_goal.hpp"

namespace ollama_gpu::app {

namespace {

// The processes of a server; nothing where they cannot be listed.
struct ServerProcesses {
  std::string control_group;
  std::optional<std::vector<int>> pids = {};
};

std::vector<ServerProcesses> processes_of(const Context& context,
                                          const std::vector<ports::UnitState>& servers) {
  std::vector<ServerProcesses> all;
  for (const ports::UnitState& state : servers) {
    ServerProcesses& own = all.emplace_back(ServerProcesses{state.control_group});
    if (own.control_group.empty()) own.pids.emplace();
    if (own.pids) continue;
    if (auto pids = context.processes.in_control_group(own.control_group)) {
      own.pids = std::move(*pids);
    }
  }
  return all;
}

bool all_seen(const std::vector<ServerProcesses>& own) {
  return !own.empty() &&
         std::ranges::all_of(own, [](const auto& server) { return server.pids.has_value(); });
}

// Whether one of the servers has the process; nothing where that could not be seen.
std::optional<bool> is_of_servers(const Context& context, const std::vector<ServerProcesses>& own,
                                  int pid) {
  for (const ServerProcesses& server : own) {
    if (server.pids && is_of_group(context, *server.pids, server.control_group, pid)) return true;
  }
  return all_seen(own) ? std::optional(false) : std::nullopt;
}

void add_processes(const Context& context, const std::vector<ServerProcesses>& own,
                   GpuInReport& report) {
  const bool seen = all_seen(own);
  if (seen) report.held_by_ollama = 0;
  for (const GpuProcess& process : report.gpu.processes) {
    ProcessOnGpu& added = report.processes.emplace_back();
    added.pid = process.pid;
    added.command = context.processes.command(process.pid);
    added.memory = process.memory;
    if (!seen) continue;
    added.of_ollama = is_of_servers(context, own, process.pid);
    if (added.of_ollama == true) *report.held_by_ollama += process.memory.value_or(0);
  }
}

void add_visible(const Environment& environment, const Inventory& inventory,
                 std::vector<GpuInReport>& reports) {
  const std::vector<bool> visible = visible_to(environment, inventory);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (!is_judged(reports[i].gpu, environment)) continue;
    reports[i].visible_to_ollama = visible[i] || reports[i].visible_to_ollama == true;
  }
}

// As its files have it: of a process only root may see it.
Environment environment_of(const UnitSnapshot& snapshot) {
  Environment environment;
  for (const auto& [name, variable] : snapshot.effective.variables) {
    environment[name] = variable.value;
  }
  return environment;
}

}  // namespace

std::vector<GpuInReport> gpu_reports(Context& context, const Inventory& inventory,
                                     const Observation* seen) {
  std::vector<GpuInReport> reports;
  for (const Gpu& gpu : inventory.gpus) reports.push_back({gpu, std::nullopt, std::nullopt, {}});
  std::vector<ports::UnitState> servers;
  if (seen != nullptr) {
    servers = states_of_servers(*seen);
    if (const auto environment = environment_in_force(context, *seen)) {
      add_visible(*environment, inventory, reports);
    }
  }
  if (seen != nullptr && servers.size() > 1) {
    if (const auto goal = goal_on_disk(context, *seen); goal && *goal) {
      for (const ServerGoal& server : (*goal)->servers) {
        add_visible(environment_of(server.expected.snapshot), inventory, reports);
      }
    }
  }
  const auto own = processes_of(context, servers);
  for (GpuInReport& report : reports) add_processes(context, own, report);
  return reports;
}

}  // namespace ollama_gpu::app
