// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/detected_gpus.hpp"

#include <iterator>

namespace ollama_gpu {

Inventory DetectedGpus::list() const {
  Inventory found = nvml_.list();
  if (found.gpus.empty()) {
    Inventory by_kernel = proc_.list();
    if (!by_kernel.gpus.empty()) {
      found.gpus = std::move(by_kernel.gpus);
      found.source = by_kernel.source;
    }
  }
  const bool have_nvidia = !found.gpus.empty();
  const unsigned controllers = have_nvidia ? 0 : drm_.nvidia_controllers();
  Inventory others = drm_.list();
  if (!others.gpus.empty()) {
    found.source = have_nvidia ? found.source + ", " + others.source : others.source;
    std::move(others.gpus.begin(), others.gpus.end(), std::back_inserter(found.gpus));
  }
  if (controllers > 0) {
    found.problem = std::to_string(controllers) + " NVIDIA GPU" + (controllers == 1 ? "" : "s") +
                    " on the PCI bus, but no driver shows any (" + found.problem + ")";
  } else if (!have_nvidia && !found.gpus.empty()) {
    // No NVIDIA hardware: that NVML is missing is no problem.
    found.problem.clear();
  }
  return found;
}

}  // namespace ollama_gpu
