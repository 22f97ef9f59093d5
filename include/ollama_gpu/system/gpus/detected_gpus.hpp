// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/system/gpus/kernel_inventory.hpp"
#include "ollama_gpu/system/gpus/nvml_inventory.hpp"

namespace ollama_gpu {

// All GPUs of this machine: NVIDIA's by NVML, or by the kernel where NVML cannot be had; then AMD's
// and Intel's.
class DetectedGpus final : public ports::GpuInventory {
 public:
  explicit DetectedGpus(const std::string& nvml_library = "libnvidia-ml.so.1",
                        const std::string& root = {})
      : root_(root), nvml_(nvml_library), proc_(root), drm_(root) {}
  Inventory list() const override;
  Inventory identify() const override;
  void measure_use(Inventory& listed) const override { nvml_.measure_use(listed); }
  void measure_links(Inventory& listed) const override { nvml_.measure_links(listed); }
  void start_over() override {
    nvml_.start_over();
    known_.reset();
  }
  std::string obstacle(const Gpu& gpu) const override;

 private:
  Inventory look() const;

  std::string root_;
  mutable std::optional<Inventory> known_ = {};
  NvmlInventory nvml_;
  ProcNvidiaInventory proc_;
  DrmInventory drm_;
};

}  // namespace ollama_gpu
