// SPDX-License-Identifier: MIT
#include "app/commands/gpu_reports.hpp"

namespace ollama_gpu::app {

namespace {

// The processes of the unit; nothing where they cannot be listed.
std::optional<std::vector<int>> unit_processes(const Context& context, const Observation& seen) {
  if (!seen.state) return std::nullopt;
  if (seen.state->control_group.empty()) return std::vector<int>();
  auto pids = context.processes.in_control_group(seen.state->control_group);
  if (!pids) return std::nullopt;
  return std::move(*pids);
}

void add_processes(const Context& context, const std::optional<std::vector<int>>& own,
                   const std::string& control_group, GpuInReport& report) {
  if (own) report.held_by_ollama = 0;
  for (const GpuProcess& process : report.gpu.processes) {
    ProcessOnGpu& added = report.processes.emplace_back();
    added.pid = process.pid;
    added.command = context.processes.command(process.pid);
    added.memory = process.memory;
    if (!own) continue;
    added.of_ollama = is_of_group(context, *own, control_group, process.pid);
    if (*added.of_ollama) *report.held_by_ollama += process.memory.value_or(0);
  }
}

}  // namespace

std::vector<GpuInReport> gpu_reports(Context& context, const Inventory& inventory,
                                     const Observation* seen) {
  std::vector<GpuInReport> reports;
  for (const Gpu& gpu : inventory.gpus) reports.push_back({gpu, std::nullopt, std::nullopt, {}});
  if (seen != nullptr) {
    if (const auto environment = environment_in_force(context, *seen)) {
      const std::vector<bool> visible = visible_to(*environment, inventory);
      for (std::size_t i = 0; i < reports.size(); ++i) {
        if (is_judged(reports[i].gpu, *environment)) reports[i].visible_to_ollama = visible[i];
      }
    }
  }
  const auto own = seen != nullptr ? unit_processes(context, *seen) : std::nullopt;
  const std::string group = seen != nullptr && seen->state ? seen->state->control_group : "";
  for (GpuInReport& report : reports) add_processes(context, own, group, report);
  return reports;
}

}  // namespace ollama_gpu::app
