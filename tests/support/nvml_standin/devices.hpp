// SPDX-License-Identifier: MIT
// What stands behind the handles that the stand-in library gives out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/gpu_file.hpp"
#include "nvml_standin/nvml.hpp"

namespace nvml_standin {

// A GPU (no `mig`) or one of its MIG devices, as it is at the time of the call.
struct Device {
  standin::Gpu gpu;
  std::size_t index = 0;
  std::optional<std::size_t> mig;

  const std::string& uuid() const { return mig ? gpu.mig_uuids[*mig] : gpu.uuid; }
};

nvmlReturn_t initialize();
nvmlReturn_t shut_down();

// The file as it is now; kUninitialized before nvmlInit.
nvmlReturn_t current(standin::GpuFile& file);
nvmlReturn_t find(nvmlDevice_t handle, Device& device);
nvmlDevice_t handle_of(std::size_t gpu, std::optional<std::size_t> mig = std::nullopt);

nvmlReturn_t code_of_error(const std::string& name);

// Copies text out as NVML does.
nvmlReturn_t give(const std::string& text, char* buffer, unsigned length);

std::uint64_t memory_total(const Device& device);
std::uint64_t memory_used(const Device& device);  // without what the driver keeps
std::uint64_t memory_reserved(const Device& device);

}  // namespace nvml_standin
