// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/readiness.hpp"

#include "core/gpu/selector_ids.hpp"

namespace ollama_gpu {

namespace {

// Why this GPU cannot be used; empty where it can.
std::string trouble_of(const Gpu& gpu, const Inventory& inventory, const std::string& obstacle) {
  if (gpu.fault != GpuFault::none) return gpu.problem.empty() ? "it does not answer" : gpu.problem;
  const bool by_nvml = gpu.vendor != Vendor::nvidia || inventory.fault == GpuFault::none;
  if (!by_nvml) return inventory.problem.empty() ? "NVML does not answer" : inventory.problem;
  return obstacle;
}

}  // namespace

Result<Readiness> judge_readiness(const Selector& selector, const Inventory& inventory,
                                  const std::vector<std::string>& obstacles) {
  auto selection = resolve_selector(selector, inventory);
  if (!selection && selection.error().code == Errc::usage) return Failure(selection.error());
  if (!selection) return Readiness{false, selection.error().message, {}};
  Readiness readiness{true, "", std::move(selection->devices)};
  for (const SelectedDevice& device : readiness.devices) {
    const Gpu& gpu = inventory.gpus[device.gpu];
    const std::string obstacle = device.gpu < obstacles.size() ? obstacles[device.gpu] : "";
    const std::string trouble = trouble_of(gpu, inventory, obstacle);
    if (trouble.empty()) continue;
    if (!readiness.reason.empty()) readiness.reason += "; ";
    readiness.reason += "GPU " + gpu_for_message(gpu) + ": " + trouble;
  }
  // NVIDIA's may be among those that are meant, but cannot be seen.
  const bool unseen = selector.ids.empty() && inventory.fault != GpuFault::none;
  if (readiness.reason.empty() && unseen) readiness.reason = inventory.problem;
  readiness.ready = readiness.reason.empty();
  return readiness;
}

}  // namespace ollama_gpu
