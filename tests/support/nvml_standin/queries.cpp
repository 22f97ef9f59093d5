// SPDX-License-Identifier: MIT
// What can be asked about one device.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "nvml_standin/devices.hpp"
#include "nvml_standin/nvml.hpp"

using namespace nvml_standin;  // the C interface is global anyway

namespace {

template <typename Value>
nvmlReturn_t answer(nvmlDevice_t handle, Value* out, Value (*of)(const Device&)) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!out) return kInvalidArgument;
  *out = of(device);
  return kSuccess;
}

}  // namespace

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t handle, char* name, unsigned length) {
  Device device;
  const auto code = find(handle, device);
  return code == kSuccess ? give(device.gpu.name, name, length) : code;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t handle, char* uuid, unsigned length) {
  Device device;
  const auto code = find(handle, device);
  return code == kSuccess ? give(device.uuid(), uuid, length) : code;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t handle, nvmlPciInfo_t* out) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!out) return kInvalidArgument;
  *out = nvmlPciInfo_t{};
  unsigned function = 0;
  std::sscanf(device.gpu.pci.c_str(), "%x:%x:%x.%x", &out->domain, &out->bus, &out->device,
              &function);
  out->pciDeviceId = 0x20B210DE;
  out->pciSubSystemId = 0x146310DE;
  std::snprintf(out->busIdLegacy, sizeof out->busIdLegacy, "%04X:%02X:%02X.%u",
                out->domain & 0xFFFFU, out->bus & 0xFFU, out->device & 0xFFU, function & 7U);
  std::snprintf(out->busId, sizeof out->busId, "%08X:%02X:%02X.%u", out->domain, out->bus & 0xFFU,
                out->device & 0xFFU, function & 7U);
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t handle, nvmlPciInfo_t* out) {
  return nvmlDeviceGetPciInfo_v3(handle, out);
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t handle, nvmlMemory_t* out) {
  return answer<nvmlMemory_t>(handle, out, [](const Device& device) {
    const auto total = memory_total(device);
    const auto used = memory_used(device) + memory_reserved(device);
    return nvmlMemory_t{total, total - used, used};
  });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t handle,
                                                         nvmlMemory_v2_t* out) {
  constexpr unsigned kVersion = sizeof(nvmlMemory_v2_t) | (2U << 24U);
  constexpr nvmlReturn_t kArgumentVersionMismatch = 25;
  if (out && out->version != kVersion) return kArgumentVersionMismatch;
  return answer<nvmlMemory_v2_t>(handle, out, [](const Device& device) {
    const auto total = memory_total(device);
    const auto used = memory_used(device);
    const auto reserved = memory_reserved(device);
    return nvmlMemory_v2_t{kVersion, total, reserved, total - used - reserved, used};
  });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t handle,
                                                            nvmlUtilization_t* out) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (device.gpu.mig_mode) return kNotSupported;
  if (!out) return kInvalidArgument;
  *out = nvmlUtilization_t{device.gpu.utilization, device.gpu.utilization / 2};
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t handle, int sensor,
                                                       unsigned* out) {
  if (sensor != 0) return kInvalidArgument;
  return answer<unsigned>(handle, out, [](const Device& device) { return device.gpu.temperature; });
}

// 18 links, as on an H100, of which nvlinks= are active; without it there is no NVLink.
NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t handle, unsigned link,
                                                       int* active) {
  constexpr unsigned kLinks = 18;
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (device.gpu.nvlinks == 0) return kNotSupported;
  if (!active || link >= kLinks) return kInvalidArgument;
  *active = link < device.gpu.nvlinks ? 1 : 0;
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t handle, unsigned* out) {
  return answer<unsigned>(handle, out,
                          [](const Device& device) { return device.gpu.power_milliwatts; });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t handle, int* major,
                                                                 int* minor) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!major || !minor) return kInvalidArgument;
  *major = device.gpu.compute_major;
  *minor = device.gpu.compute_minor;
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t handle, int* out) {
  return answer<int>(handle, out, [](const Device& device) { return device.gpu.display ? 1 : 0; });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t handle, int* out) {
  return nvmlDeviceGetDisplayActive(handle, out);
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t handle, unsigned* out) {
  return answer<unsigned>(handle, out,
                          [](const Device& device) { return static_cast<unsigned>(device.index); });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t handle, unsigned* out) {
  return answer<unsigned>(handle, out, [](const Device& device) {
    return static_cast<unsigned>(device.mig ? *device.mig : device.index);
  });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t handle, unsigned* now,
                                                   unsigned* pending) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!device.gpu.mig_capable) return kNotSupported;
  if (!now || !pending) return kInvalidArgument;
  *now = *pending = device.gpu.mig_mode ? 1 : 0;
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t handle, unsigned* out) {
  return answer<unsigned>(handle, out,
                          [](const Device& device) { return device.gpu.mig_capable ? 7U : 0U; });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t handle,
                                                                  unsigned index,
                                                                  nvmlDevice_t* out) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!out) return kInvalidArgument;
  if (device.mig) return kInvalidArgument;
  if (index >= device.gpu.mig_uuids.size()) return kNotFound;
  *out = handle_of(device.index, index);
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t handle, unsigned* out) {
  return answer<unsigned>(handle, out, [](const Device& device) { return device.mig ? 1U : 0U; });
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t handle,
                                                                      unsigned* count,
                                                                      nvmlProcessInfo_t* out) {
  constexpr unsigned kNoInstance = 0xFFFFFFFFU;
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!count) return kInvalidArgument;
  std::vector<nvmlProcessInfo_t> processes;
  for (const auto& holding : standin::read_holdings(standin::read_gpu_file().memory_dir)) {
    if (holding.uuid != device.uuid()) continue;
    processes.push_back(
        {static_cast<unsigned>(holding.pid), holding.bytes, kNoInstance, kNoInstance});
  }
  const unsigned room = *count;
  *count = static_cast<unsigned>(processes.size());
  if (room < processes.size()) return kInsufficientSize;
  if (!processes.empty() && !out) return kInvalidArgument;
  for (std::size_t i = 0; i < processes.size(); ++i) out[i] = processes[i];
  return kSuccess;
}

NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t handle,
                                                                       unsigned* count,
                                                                       nvmlProcessInfo_t*) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (!count) return kInvalidArgument;
  *count = 0;
  return kSuccess;
}

// The whole of util= for whoever holds memory there first.
NVML_STANDIN_API nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t handle,
                                                              nvmlProcessUtilizationSample_t* out,
                                                              unsigned* count,
                                                              unsigned long long since) {
  Device device;
  if (const auto code = find(handle, device); code != kSuccess) return code;
  if (device.gpu.mig_mode) return kNotSupported;
  if (!count || !out) return kInvalidArgument;
  for (const auto& holding : standin::read_holdings(standin::read_gpu_file().memory_dir)) {
    if (holding.uuid != device.uuid() || device.gpu.utilization == 0) continue;
    if (*count < 1) return kInsufficientSize;
    out[0] = {static_cast<unsigned>(holding.pid), since + 1, device.gpu.utilization, 0, 0, 0};
    *count = 1;
    return kSuccess;
  }
  return kNotFound;
}
