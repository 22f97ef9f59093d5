// SPDX-License-Identifier: MIT
#include "system/gpus/nvml_api.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ollama_gpu::nvml {
namespace {

struct Symbol {
  const char* name;
  void* pointer;  // where the function's address belongs
};

void resolve(void* library, const Symbol& symbol, std::size_t size) {
  void* const address = dlsym(library, symbol.name);
  void* present = nullptr;
  std::memcpy(&present, symbol.pointer, size);
  if (present == nullptr) std::memcpy(symbol.pointer, &address, size);
}

}  // namespace

void CloseLibrary::operator()(void* library) const { dlclose(library); }

Result<Library> load(const std::string& name, Api& api) {
  Library library(dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL));
  if (!library) {
    const char* reason = dlerror();
    return fail(Errc::not_found,
                "cannot load NVML: " + std::string(reason != nullptr ? reason : name));
  }
  // The newest version of a function first; a later line only fills what is still missing.
  const Symbol symbols[] = {
      {"nvmlInit_v2", &api.init},
      {"nvmlInit", &api.init},
      {"nvmlShutdown", &api.shutdown},
      {"nvmlErrorString", &api.error_string},
      {"nvmlSystemGetDriverVersion", &api.driver_version},
      {"nvmlSystemGetNVMLVersion", &api.library_version},
      {"nvmlDeviceGetCount_v2", &api.device_count},
      {"nvmlDeviceGetCount", &api.device_count},
      {"nvmlDeviceGetHandleByIndex_v2", &api.device_by_index},
      {"nvmlDeviceGetHandleByIndex", &api.device_by_index},
      {"nvmlDeviceGetUUID", &api.uuid},
      {"nvmlDeviceGetName", &api.name},
      {"nvmlDeviceGetPciInfo_v3", &api.pci_info},
      {"nvmlDeviceGetPciInfo_v2", &api.pci_info},
      {"nvmlDeviceGetMemoryInfo", &api.memory_info},
      {"nvmlDeviceGetMemoryInfo_v2", &api.memory_info_v2},
      {"nvmlDeviceGetUtilizationRates", &api.utilization},
      {"nvmlDeviceGetTemperature", &api.temperature},
      {"nvmlDeviceGetPowerUsage", &api.power_usage},
      {"nvmlDeviceGetCudaComputeCapability", &api.compute_capability},
      {"nvmlDeviceGetDisplayActive", &api.display_active},
      {"nvmlDeviceGetNvLinkState", &api.nvlink_state},
      {"nvmlDeviceGetMigMode", &api.mig_mode},
      {"nvmlDeviceGetMaxMigDeviceCount", &api.mig_count},
      {"nvmlDeviceGetMigDeviceHandleByIndex", &api.mig_by_index},
      {"nvmlDeviceGetComputeRunningProcesses_v3", &api.compute_processes},
      {"nvmlDeviceGetComputeRunningProcesses_v2", &api.compute_processes},
      {"nvmlDeviceGetGraphicsRunningProcesses_v3", &api.graphics_processes},
      {"nvmlDeviceGetGraphicsRunningProcesses_v2", &api.graphics_processes},
      {"nvmlDeviceGetProcessUtilization", &api.process_utilization},
  };
  for (const Symbol& symbol : symbols) resolve(library.get(), symbol, sizeof symbol.pointer);
  if (api.init == nullptr || api.device_count == nullptr || api.device_by_index == nullptr) {
    return fail(Errc::not_found, "cannot use " + name + ": it is not NVML");
  }
  return library;
}

std::string Api::error_text(Return code) const {
  switch (code) {
    case kDriverNotLoaded:
      return "the NVIDIA driver is not loaded";
    case kLibraryMismatch:
      return "the NVIDIA driver's kernel module and its libraries are of different versions "
             "(reboot, or reload the module, after an upgrade)";
    case kNoPermission:
      return "no permission to use the NVIDIA devices";
    case kInsufficientPower:
      return "the GPU's power cables are not connected properly";
    case kIrqIssue:
      return "the kernel has trouble with the GPU's interrupts";
    case kGpuIsLost:
      return "the GPU is lost (fell off the bus, or is otherwise inaccessible)";
    default:
      break;
  }
  const char* text = error_string != nullptr ? error_string(code) : nullptr;
  return text != nullptr ? text : "NVML error " + std::to_string(code);
}

std::string Api::library_driver() const {
  std::array<char, 96> text{};
  // Answered without nvmlInit, too: "12.550.54.14", CUDA's major version before the driver's.
  if (library_version == nullptr || library_version(text.data(), 95U) != kSuccess) return {};
  const std::string version = text.data();
  const std::size_t dot = version.find('.');
  const bool has_prefix = std::ranges::count(version, '.') > 1 && dot <= 2;
  return has_prefix ? version.substr(dot + 1) : version;
}

GpuFault fault_of(Return code) {
  switch (code) {
    case kSuccess:
      return GpuFault::none;
    case kDriverNotLoaded:
      return GpuFault::driver_not_loaded;
    case kLibraryMismatch:
      return GpuFault::version_mismatch;
    case kNoPermission:
      return GpuFault::no_permission;
    case kGpuIsLost:
      return GpuFault::lost;
    default:
      return GpuFault::other;
  }
}

}  // namespace ollama_gpu::nvml
