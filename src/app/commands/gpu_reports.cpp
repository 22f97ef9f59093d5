// SPDX-License-Identifier: MIT
#include "app/commands/gpu_reports.hpp"

#include <algorithm>

namespace ollama_gpu::app {

namespace {

using Environment = std::map<std::string, std::string>;

std::optional<std::string> value_in(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::nullopt : std::optional(found->second);
}

// The processes of the unit; nothing where they cannot be listed.
std::optional<std::vector<int>> unit_processes(const Context& context, const Observation& seen) {
  if (!seen.state) return std::nullopt;
  if (seen.state->control_group.empty()) return std::vector<int>();
  auto pids = context.processes.in_control_group(seen.state->control_group);
  if (!pids) return std::nullopt;
  return std::move(*pids);
}

void add_processes(const Context& context, const std::optional<std::vector<int>>& own,
                   GpuInReport& report) {
  if (own) report.held_by_ollama = 0;
  for (const GpuProcess& process : report.gpu.processes) {
    ProcessOnGpu& added = report.processes.emplace_back();
    added.pid = process.pid;
    added.command = context.processes.command(process.pid);
    added.memory = process.memory;
    if (!own) continue;
    added.of_ollama = std::find(own->begin(), own->end(), process.pid) != own->end();
    if (*added.of_ollama) *report.held_by_ollama += process.memory.value_or(0);
  }
}

}  // namespace

std::optional<Environment> environment_in_force(Context& context, const Observation& seen) {
  if (seen.state && seen.state->main_pid != 0) {
    auto running = process_environment(context, *seen.state);
    if (running) return *running;
  }
  if (seen.disk.on_disk.load_state == LoadState::not_found) return std::nullopt;
  Environment planned;
  for (const auto& [name, variable] : seen.disk.effective.variables) planned[name] = variable.value;
  return planned;
}

std::vector<bool> visible_to(const Environment& environment, const Inventory& inventory) {
  std::vector<bool> visible(inventory.gpus.size(), false);
  for (const auto& devices :
       {visible_devices(value_in(environment, "CUDA_VISIBLE_DEVICES"), inventory),
        visible_amd_devices(value_in(environment, "ROCR_VISIBLE_DEVICES"), inventory)}) {
    for (const SelectedDevice& device : devices) visible[device.gpu] = true;
  }
  return visible;
}

bool is_judged(const Gpu& gpu, const Environment& environment) {
  if (gpu.vendor == Vendor::amd) return environment.contains("ROCR_VISIBLE_DEVICES");
  return gpu.vendor == Vendor::nvidia;
}

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
  for (GpuInReport& report : reports) add_processes(context, own, report);
  return reports;
}

}  // namespace ollama_gpu::app
