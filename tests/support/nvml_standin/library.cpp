// SPDX-License-Identifier: MIT
// The library itself, and how devices are found.
#include <cctype>
#include <cstdio>
#include <string>

#include "nvml_standin/devices.hpp"
#include "nvml_standin/nvml.hpp"

using namespace nvml_standin;  // the C interface is global anyway

NVML_STANDIN_API nvmlReturn_t nvmlInit_v2() { return initialize(); }
NVML_STANDIN_API nvmlReturn_t nvmlInit() { return initialize(); }
NVML_STANDIN_API nvmlReturn_t nvmlInitWithFlags(unsigned) { return initialize(); }
NVML_STANDIN_API nvmlReturn_t nvmlShutdown() { return shut_down(); }

NVML_STANDIN_API const char* nvmlErrorString(nvmlReturn_t code) {
  switch (code) {
    case kSuccess:
      return "Success";
    case kUninitialized:
      return "Uninitialized";
    case kInvalidArgument:
      return "Invalid Argument";
    case kNotSupported:
      return "Not Supported";
    case kNoPermission:
      return "Insufficient Permissions";
    case kNotFound:
      return "Not Found";
    case kInsufficientSize:
      return "Insufficient Size";
    case kDriverNotLoaded:
      return "Driver Not Loaded";
    case kIrqIssue:
      return "Interrupt Request Issue";
    case kGpuIsLost:
      return "GPU is lost";
    case kLibRmVersionMismatch:
      return "Driver/library version mismatch";
    default:
      return "Unknown Error";
  }
}

NVML_STANDIN_API nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned length) {
  standin::GpuFile file;
  const auto code = current(file);
  return code == kSuccess ? give(file.driver, version, length) : code;
}

NVML_STANDIN_API nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned length) {
  return give(standin::read_gpu_file().nvml, version, length);
}

NVML_STANDIN_API nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  standin::GpuFile file;
  if (const auto code = current(file); code != kSuccess) return code;
  int major = 0;
  int minor = 0;
  if (!version) return kInvalidArgument;
  if (std::sscanf(file.cuda.c_str(), "%d.%d", &major, &minor) < 1) return kUnknown;
  *version = major * 1000 + minor * 10;
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlSystemGetProcessName(unsigned pid, char* name, unsigned length) {
  std::FILE* file = std::fopen(("/proc/" + std::to_string(pid) + "/comm").c_str(), "re");
  if (!file) return kNotFound;
  char line[64] = "";
  const bool read = std::fgets(line, sizeof line, file) != nullptr;
  std::fclose(file);
  std::string text = read ? line : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return give(text, name, length);
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count) {
  standin::GpuFile file;
  if (const auto code = current(file); code != kSuccess) return code;
  if (!count) return kInvalidArgument;
  *count = static_cast<unsigned>(file.gpus.size());
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetCount(unsigned* count) {
  return nvmlDeviceGetCount_v2(count);
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* handle) {
  Device device;
  if (!handle) return kInvalidArgument;
  const nvmlDevice_t found = handle_of(index);
  const auto code = find(found, device);
  if (code == kSuccess) *handle = found;
  return code;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t* handle) {
  return nvmlDeviceGetHandleByIndex_v2(index, handle);
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* handle) {
  standin::GpuFile file;
  if (const auto code = current(file); code != kSuccess) return code;
  if (!uuid || !handle) return kInvalidArgument;
  for (std::size_t i = 0; i < file.gpus.size(); ++i) {
    const standin::Gpu& gpu = file.gpus[i];
    if (gpu.uuid == uuid) *handle = handle_of(i);
    if (gpu.uuid == uuid) return code_of_error(gpu.error);
    for (std::size_t slice = 0; slice < gpu.mig_uuids.size(); ++slice) {
      if (gpu.mig_uuids[slice] != uuid) continue;
      *handle = handle_of(i, slice);
      return code_of_error(gpu.error);
    }
  }
  return kNotFound;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* id, nvmlDevice_t* out) {
  standin::GpuFile file;
  if (const auto code = current(file); code != kSuccess) return code;
  if (!id || !out) return kInvalidArgument;
  const auto location = [](const char* text, unsigned* parts) {
    return std::sscanf(text, "%x:%x:%x.%x", &parts[0], &parts[1], &parts[2], &parts[3]) >= 3;
  };
  unsigned wanted[4] = {};
  if (!location(id, wanted)) return kInvalidArgument;
  for (std::size_t i = 0; i < file.gpus.size(); ++i) {
    unsigned have[4] = {};
    if (!location(file.gpus[i].pci.c_str(), have)) continue;
    if (have[0] != wanted[0] || have[1] != wanted[1] || have[2] != wanted[2]) continue;
    *out = handle_of(i);
    return code_of_error(file.gpus[i].error);
  }
  return kNotFound;
}
