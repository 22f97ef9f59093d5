// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu {

// The device file that a process of this user lacks to compute on a GPU that the driver lists, and
// why; empty where none is missing. NVML answers only where it could open NVIDIA's own files, so
// that of these only CUDA's is looked at (/dev/nvidia-uvm: the driver's README, "nvidia-modprobe").
std::string missing_device_node(const Gpu& gpu, const std::string& root);

}  // namespace ollama_gpu
