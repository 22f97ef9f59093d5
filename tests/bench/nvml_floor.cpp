// SPDX-License-Identifier: MIT
// What NVIDIA's library costs by itself: the calls that `gpus` makes for GPU 0, and nothing else.
//   g++ -O2 -o nvml-floor tests/bench/nvml_floor.cpp -ldl
//   ./nvml-floor init     only nvmlInit_v2 and nvmlShutdown
//   ./nvml-floor list     and what `nvidia-smi -L` prints: handle, UUID, name
//   ./nvml-floor all      and memory, utilization, temperature, power, and the others
#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

void* library = nullptr;

// Calls an NVML function of which only the result code matters; true where it was 0.
template <class... Argument>
bool call(const char* name, Argument... arguments) {
  using Function = int (*)(Argument...);
  Function function = nullptr;
  void* symbol = dlsym(library, name);
  if (symbol == nullptr) return false;
  std::memcpy(&function, &symbol, sizeof function);
  return function(arguments...) == 0;
}

void list(void*& device, char* room) {
  call("nvmlDeviceGetHandleByIndex_v2", 0U, &device);
  call("nvmlDeviceGetUUID", device, room, 96U);
  call("nvmlDeviceGetName", device, room, 96U);
}

void ask_everything(void* device, char* room) {
  int first = 0;
  int second = 0;
  unsigned count = 64;
  call("nvmlDeviceGetPciInfo_v3", device, room);
  call("nvmlDeviceGetMemoryInfo", device, room);
  call("nvmlDeviceGetUtilizationRates", device, room);
  call("nvmlDeviceGetTemperature", device, 0, &first);
  call("nvmlDeviceGetPowerUsage", device, &first);
  call("nvmlDeviceGetCudaComputeCapability", device, &first, &second);
  call("nvmlDeviceGetDisplayActive", device, &first);
  call("nvmlDeviceGetMigMode", device, &first, &second);
  call("nvmlDeviceGetMaxMigDeviceCount", device, &first);
  call("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, room);
  count = 64;
  call("nvmlDeviceGetGraphicsRunningProcesses_v3", device, &count, room);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "all";
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (library == nullptr || !call("nvmlInit_v2")) {
    std::fputs("NVML cannot be used here\n", stderr);
    return 1;
  }
  std::array<char, 16384> room{};
  void* device = nullptr;
  if (what != "init") list(device, room.data());
  if (what == "all") ask_everything(device, room.data());
  call("nvmlShutdown");
  return 0;
}
