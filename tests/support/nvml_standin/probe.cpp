// SPDX-License-Identifier: MIT
// Asks whatever libnvidia-ml.so.1 the loader finds: a line per GPU, and one per process on it.
//   gpu INDEX UUID PCI TOTAL USED NAME        process PID BYTES COMMAND
#include <dlfcn.h>

#include <cstdio>
#include <vector>

#include "nvml_standin/nvml.hpp"

namespace {

void* library = nullptr;

template <typename... Arguments>
bool call(const char* name, Arguments... arguments) {
  using Function = nvmlReturn_t (*)(Arguments...);
  const auto function = reinterpret_cast<Function>(::dlsym(library, name));
  const nvmlReturn_t code = function ? function(arguments...) : nvml_standin::kUnknown;
  if (code != nvml_standin::kSuccess) std::fprintf(stderr, "%s: error %d\n", name, code);
  return code == nvml_standin::kSuccess;
}

void print_processes(nvmlDevice_t device) {
  std::vector<nvmlProcessInfo_t> processes(64);
  auto count = static_cast<unsigned>(processes.size());
  if (!call("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, processes.data())) return;
  for (unsigned i = 0; i < count; ++i) {
    char command[64] = "?";
    call("nvmlSystemGetProcessName", processes[i].pid, &command[0], 64U);
    std::printf("process %u %llu %s\n", processes[i].pid, processes[i].usedGpuMemory, command);
  }
}

void print_gpu(unsigned index) {
  nvmlDevice_t device = nullptr;
  if (!call("nvmlDeviceGetHandleByIndex_v2", index, &device)) return;
  char uuid[96] = "";
  char name[96] = "";
  nvmlPciInfo_t pci{};
  nvmlMemory_t memory{};
  call("nvmlDeviceGetUUID", device, &uuid[0], 96U);
  call("nvmlDeviceGetName", device, &name[0], 96U);
  call("nvmlDeviceGetPciInfo_v3", device, &pci);
  call("nvmlDeviceGetMemoryInfo", device, &memory);
  std::printf("gpu %u %s %s %llu %llu %s\n", index, uuid, pci.busId, memory.total, memory.used,
              name);
  print_processes(device);
}

}  // namespace

int main() {
  library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library) {
    std::fprintf(stderr, "%s\n", ::dlerror());
    return 1;
  }
  unsigned count = 0;
  if (!call("nvmlInit_v2") || !call("nvmlDeviceGetCount_v2", &count)) return 1;
  for (unsigned i = 0; i < count; ++i) print_gpu(i);
  return call("nvmlShutdown") ? 0 : 1;
}
