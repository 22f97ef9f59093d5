// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/ports/gpu_inventory.hpp"

namespace ollama_gpu {

// The NVIDIA GPUs from /proc/driver/nvidia (the driver's README, "The /proc Filesystem"), by PCI
// address: no memory figures, but there without NVML. `root` is put before the path, for tests.
class ProcNvidiaInventory final : public ports::GpuInventory {
 public:
  explicit ProcNvidiaInventory(std::string root = {}) : root_(std::move(root)) {}
  Inventory list() const override;

 private:
  std::string root_;
};

// The AMD and Intel GPUs from /sys/class/drm (the kernel's amdgpu documentation).
class DrmInventory final : public ports::GpuInventory {
 public:
  explicit DrmInventory(std::string root = {}) : root_(std::move(root)) {}
  Inventory list() const override;
  // NVIDIA display controllers on the PCI bus, whether or not a driver has them.
  unsigned nvidia_controllers() const;

 private:
  std::string root_;
};

}  // namespace ollama_gpu
