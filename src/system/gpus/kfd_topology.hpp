// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu {

// A GPU as the kernel's compute driver for AMD has it (drivers/gpu/drm/amd/amdkfd/kfd_topology.c):
// these, in this order, are what ROCm sees.
struct KfdGpu {
  std::uint64_t gpu_id = 0;
  std::uint64_t unique_id = 0;  // 0: it has none
  std::string pci = {};         // "0000:03:00.0"
  std::string target = {};      // "gfx90a"
};

// From ROOT/sys/class/kfd/kfd/topology/nodes; those without a GPU, and others' GPUs, are left out.
std::vector<KfdGpu> read_kfd_gpus(const std::string& root);

// Who holds memory on it: ROOT/sys/class/kfd/kfd/proc/PID/vram_GPUID (kfd_process.c).
std::vector<GpuProcess> read_kfd_processes(const std::string& root, std::uint64_t gpu_id);

}  // namespace ollama_gpu
