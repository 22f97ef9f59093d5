// SPDX-License-Identifier: MIT
#include "nvml_standin/devices.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace nvml_standin {

namespace {

std::atomic<int> initializations{0};

// A handle is a number in disguise: 1 + GPU * kMigSlots + (0 or 1 + MIG device).
constexpr std::uintptr_t kMigSlots = 16;

}  // namespace

nvmlReturn_t code_of_error(const std::string& name) {
  if (name.empty()) return kSuccess;
  if (name == "driver-not-loaded") return kDriverNotLoaded;
  if (name == "lib-rm-mismatch") return kLibRmVersionMismatch;
  if (name == "no-permission") return kNoPermission;
  if (name == "gpu-is-lost") return kGpuIsLost;
  if (name == "irq-issue") return kIrqIssue;
  if (name == "not-supported") return kNotSupported;
  return kUnknown;
}

nvmlReturn_t initialize() {
  const nvmlReturn_t code = code_of_error(standin::read_gpu_file().init_error);
  if (code == kSuccess) ++initializations;
  return code;
}

nvmlReturn_t shut_down() {
  if (initializations <= 0) return kUninitialized;
  --initializations;
  return kSuccess;
}

nvmlReturn_t current(standin::GpuFile& file) {
  if (initializations <= 0) return kUninitialized;
  file = standin::read_gpu_file();
  return kSuccess;
}

nvmlDevice_t handle_of(std::size_t gpu, std::optional<std::size_t> mig) {
  const std::uintptr_t value = 1 + gpu * kMigSlots + (mig ? 1 + *mig : 0);
  return reinterpret_cast<nvmlDevice_t>(value);  // NOLINT(performance-no-int-to-ptr)
}

nvmlReturn_t find(nvmlDevice_t handle, Device& device) {
  standin::GpuFile file;
  if (const auto code = current(file); code != kSuccess) return code;
  const auto value = reinterpret_cast<std::uintptr_t>(handle);
  if (value == 0) return kInvalidArgument;
  device.index = (value - 1) / kMigSlots;
  const std::size_t slot = (value - 1) % kMigSlots;
  if (device.index >= file.gpus.size()) return kInvalidArgument;
  device.gpu = file.gpus[device.index];
  device.mig.reset();
  if (slot > 0) device.mig = slot - 1;
  if (device.mig && *device.mig >= device.gpu.mig_uuids.size()) return kInvalidArgument;
  return code_of_error(device.gpu.error);
}

nvmlReturn_t give(const std::string& text, char* buffer, unsigned length) {
  if (!buffer) return kInvalidArgument;
  if (text.size() >= length) return kInsufficientSize;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return kSuccess;
}

std::uint64_t memory_total(const Device& device) {
  return device.mig ? device.gpu.total / device.gpu.mig_uuids.size() : device.gpu.total;
}

std::uint64_t memory_reserved(const Device& device) {
  return device.mig ? device.gpu.reserved / device.gpu.mig_uuids.size() : device.gpu.reserved;
}

std::uint64_t memory_used(const Device& device) {
  const auto holdings = standin::read_holdings(standin::read_gpu_file().memory_dir);
  if (!device.mig) return standin::used_memory(device.gpu, holdings);
  standin::Gpu slice = device.gpu;
  slice.uuid = device.uuid();
  slice.total = memory_total(device);
  slice.used = 0;
  slice.reserved = memory_reserved(device);
  return standin::used_memory(slice, holdings);
}

}  // namespace nvml_standin
