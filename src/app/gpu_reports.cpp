// SPDX-License-Identifier: MIT
#include "gpu_reports.hpp"

#include <algorithm>

namespace ollama_gpu::app {

namespace {

using Environment = std::map<std::string, std::string>;

// What the process has, else what it would get; nothing when the unit does not exist.
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

std::optional<std::string> value_of(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::nullopt : std::optional(found->second);
}

void mark_amd(const std::string& list, const Inventory& inventory,
              std::vector<GpuInReport>& reports) {
  for (const SelectedDevice& device : visible_amd_devices(list, inventory)) {
    reports[device.gpu].visible_to_ollama = true;
  }
}

}  // namespace

std::vector<GpuInReport> gpu_reports(Context& context, const Inventory& inventory,
                                     const Observation* seen) {
  std::vector<GpuInReport> reports;
  for (const Gpu& gpu : inventory.gpus) reports.push_back({gpu, std::nullopt, std::nullopt});
  if (seen == nullptr) return reports;
  if (const auto environment = environment_in_force(context, *seen)) {
    const auto rocr = value_of(*environment, "ROCR_VISIBLE_DEVICES");
    for (GpuInReport& report : reports) {
      // Which AMD GPUs ROCm can use without a list is not known.
      const bool known = report.gpu.vendor == Vendor::nvidia ||
                         (report.gpu.vendor == Vendor::amd && rocr.has_value());
      if (known) report.visible_to_ollama = false;
    }
    const auto cuda = value_of(*environment, "CUDA_VISIBLE_DEVICES");
    for (const SelectedDevice& device : visible_devices(cuda, inventory)) {
      reports[device.gpu].visible_to_ollama = true;
    }
    if (rocr) mark_amd(*rocr, inventory, reports);
  }
  if (!seen->state || seen->state->control_group.empty()) return reports;
  const auto held = memory_held(context, inventory, seen->state->control_group);
  for (std::size_t i = 0; i < reports.size(); ++i) reports[i].held_by_ollama = held[i];
  return reports;
}

}  // namespace ollama_gpu::app
