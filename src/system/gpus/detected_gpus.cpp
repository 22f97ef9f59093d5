// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/gpus/detected_gpus.hpp"

#include <algorithm>
#include <iterator>

#include "system/gpus/device_nodes.hpp"
#include "system/gpus/nvidia_trouble.hpp"

namespace ollama_gpu {
namespace {

// A lost GPU tells NVML nothing: the kernel remembers which one it was, where only one answer is
// possible.
void name_lost_gpus(std::vector<Gpu>& gpus, const std::vector<Gpu>& by_kernel) {
  std::vector<const Gpu*> unclaimed;
  for (const Gpu& known : by_kernel) {
    const auto claimed = std::ranges::find(gpus, known.pci, &Gpu::pci);
    if (claimed == gpus.end()) unclaimed.push_back(&known);
  }
  std::vector<Gpu*> nameless;
  for (Gpu& gpu : gpus) {
    if (gpu.pci.empty()) nameless.push_back(&gpu);
  }
  if (nameless.size() != unclaimed.size()) return;
  // Both are in the order of their PCI addresses.
  for (std::size_t i = 0; i < nameless.size(); ++i) {
    nameless[i]->pci = unclaimed[i]->pci;
    nameless[i]->uuid = unclaimed[i]->uuid;
    nameless[i]->name = unclaimed[i]->name;
  }
}

}  // namespace

Inventory DetectedGpus::list() const {
  Inventory found = nvml_.list();
  const bool by_nvml = !found.gpus.empty();
  const bool complete =
      std::ranges::none_of(found.gpus, [](const Gpu& gpu) { return gpu.pci.empty(); });
  if (by_nvml && !complete) name_lost_gpus(found.gpus, proc_.list().gpus);
  if (!by_nvml) {
    Inventory by_kernel = proc_.list();
    if (found.problem.empty() && !by_kernel.gpus.empty()) {
      found.fault = GpuFault::no_devices;
      found.problem =
          "the kernel has NVIDIA GPUs, but NVML shows none of them here: this container was given "
          "none";
    }
    found.gpus = std::move(by_kernel.gpus);
    found.source = by_kernel.source;
  }
  Inventory others = drm_.list();
  if (!others.gpus.empty()) {
    found.source = found.gpus.empty() ? others.source : found.source + ", " + others.source;
    std::ranges::move(others.gpus, std::back_inserter(found.gpus));
  }
  if (!by_nvml && !found.problem.empty()) explain_missing_nvml(found, root_);
  return found;
}

std::string DetectedGpus::obstacle(const Gpu& gpu) const { return missing_device_node(gpu, root_); }

}  // namespace ollama_gpu
