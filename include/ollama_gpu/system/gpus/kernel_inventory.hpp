// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/ports/gpu_inventory.hpp"

namespace ollama_gpu {

// The NVIDIA GPUs from /proc/driver/nvidia (the driver's README, "The /proc Filesystem"), by PCI
// address: no memory figures, but there without NVML. `root` is put before the path, for tests.
class ProcNvidiaInventory final : public ports::GpuInventory {
 public:
  explicit ProcNvidiaInventory(std::string root = {}) : root_(std::move(root)) {}
  Inventory list() const override;
  // The version of the kernel module that is loaded, or "".
  std::string kernel_module() const;

 private:
  std::string root_;
};

// The AMD and Intel GPUs from /sys/class/drm (the kernel's amdgpu documentation), AMD's with what
// /sys/class/kfd adds.
class DrmInventory final : public ports::GpuInventory {
 public:
  explicit DrmInventory(std::string root = {}) : root_(std::move(root)) {}
  Inventory list() const override;

 private:
  std::string root_;
};

// NVIDIA's display controllers on the PCI bus: for each the driver that has it ("nvidia",
// "nouveau", "vfio-pci"), or "".
std::vector<std::string> nvidia_controllers(const std::string& root);

}  // namespace ollama_gpu
