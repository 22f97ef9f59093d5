// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

// The GPUs that a process with this CUDA_VISIBLE_DEVICES (nothing: unset) and CUDA_DEVICE_ORDER may
// use, in CUDA's order: truncated at the first invalid entry (CUDA programming guide).
std::vector<SelectedDevice> visible_devices(const std::optional<std::string>& cuda_visible_devices,
                                            const Inventory& inventory);

// The first entry of such a list that is no device here, and with which the list ends; empty where
// there is none, where the list hides everything ("-1"), and where MIG instances are counted.
std::string absent_device(const std::string& cuda_visible_devices, const Inventory& inventory);

// The same for AMD GPUs and ROCR_VISIBLE_DEVICES (ROCm manual, "GPU isolation").
std::vector<SelectedDevice> visible_amd_devices(
    const std::optional<std::string>& rocr_visible_devices, const Inventory& inventory);

// What a process with these lists may use, of both vendors: NVIDIA's GPUs, and AMD's where
// ROCR_VISIBLE_DEVICES is set (which of them ROCm can use without it is not known).
std::vector<SelectedDevice> usable_devices(const std::optional<std::string>& cuda_visible_devices,
                                           const std::optional<std::string>& rocr_visible_devices,
                                           const Inventory& inventory);

// Bytes of each device; empty where one does not tell.
std::vector<std::uint64_t> memory_of(const std::vector<SelectedDevice>& devices,
                                     const Inventory& inventory);

}  // namespace ollama_gpu
