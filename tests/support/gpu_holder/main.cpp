// SPDX-License-Identifier: MIT
// Holds memory on every GPU that it may use, until it is ended: what a model server looks like from
// outside, for tries on real hardware. It needs the NVIDIA driver's libcuda.so.1 when it runs, and
// nothing of CUDA when it is built (the prototypes are those of the CUDA driver API).
//   gpu-holder MIB[,MIB...]   prints "gpu POSITION UUID BYTES" in CUDA's order, then "ready"
// One amount a GPU; the last one is that of all others, 0 only says which GPU it is.
#include <dlfcn.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

using Result = int;  // CUresult
using Context = struct ContextHandle*;

struct Uuid {
  unsigned char bytes[16];
};

struct Cuda {
  Result (*init)(unsigned) = nullptr;
  Result (*count)(int*) = nullptr;
  Result (*device)(int*, int) = nullptr;
  Result (*uuid)(Uuid*, int) = nullptr;
  Result (*context)(Context*, unsigned, int) = nullptr;
  Result (*allocate)(std::uint64_t*, std::size_t) = nullptr;
  Result (*fill)(std::uint64_t, unsigned char, std::size_t) = nullptr;
  Result (*error_text)(Result, const char**) = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  void* const address = dlsym(library, name);
  if (address == nullptr) std::fprintf(stderr, "libcuda.so.1 has no %s\n", name);
  std::memcpy(&function, &address, sizeof address);
  return address != nullptr;
}

bool load(Cuda& cuda) {
  void* const library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "cannot load the CUDA driver: %s\n", dlerror());
    return false;
  }
  // For MIG instances the second version gives the instance's own UUID; older drivers lack it.
  void* const newer = dlsym(library, "cuDeviceGetUuid_v2");
  return find(library, "cuInit", cuda.init) && find(library, "cuDeviceGetCount", cuda.count) &&
         find(library, "cuDeviceGet", cuda.device) &&
         find(library, newer != nullptr ? "cuDeviceGetUuid_v2" : "cuDeviceGetUuid", cuda.uuid) &&
         find(library, "cuCtxCreate_v2", cuda.context) &&
         find(library, "cuMemAlloc_v2", cuda.allocate) &&
         find(library, "cuMemsetD8_v2", cuda.fill) &&
         find(library, "cuGetErrorString", cuda.error_text);
}

bool succeeded(const Cuda& cuda, Result code, const char* what) {
  if (code == 0) return true;
  const char* text = nullptr;
  cuda.error_text(code, &text);
  std::fprintf(stderr, "%s: %s (%d)\n", what, text != nullptr ? text : "unknown error", code);
  return false;
}

void print(int position, const Uuid& uuid, std::size_t bytes) {
  std::printf("gpu %d GPU-", position);
  for (int i = 0; i < 16; ++i) {
    const bool dash = i == 4 || i == 6 || i == 8 || i == 10;
    std::printf("%s%02x", dash ? "-" : "", uuid.bytes[i]);
  }
  std::printf(" %zu\n", bytes);
}

bool hold(const Cuda& cuda, int position, std::size_t bytes) {
  int device = 0;
  Uuid uuid{};
  Context context = nullptr;
  std::uint64_t memory = 0;
  const bool there = succeeded(cuda, cuda.device(&device, position), "cuDeviceGet") &&
                     succeeded(cuda, cuda.uuid(&uuid, device), "cuDeviceGetUuid");
  const bool held =
      there && (bytes == 0 || (succeeded(cuda, cuda.context(&context, 0, device), "cuCtxCreate") &&
                               succeeded(cuda, cuda.allocate(&memory, bytes), "cuMemAlloc") &&
                               succeeded(cuda, cuda.fill(memory, 0, bytes), "cuMemsetD8")));
  if (held) print(position, uuid, bytes);
  return held;
}

// "4096,1024": bytes a position; empty where it is no such list.
std::vector<std::size_t> read_amounts(std::string_view text) {
  std::vector<std::size_t> amounts;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::size_t mebibytes = 0;
    const auto read = std::from_chars(at, end, mebibytes);
    if (read.ec != std::errc() || mebibytes > SIZE_MAX >> 20U) return {};
    amounts.push_back(mebibytes << 20U);
    if (read.ptr == end) return amounts;
    if (*read.ptr != ',') return {};
    at = read.ptr + 1;
  }
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::size_t> amounts = read_amounts(count == 2 ? words[1] : "");
  if (amounts.empty()) {
    std::fprintf(stderr, "usage: gpu-holder MIB[,MIB...]\n");
    return 2;
  }
  Cuda cuda;
  int gpus = 0;
  if (!load(cuda)) return 1;
  // No device (100) and a device listed twice (101) are answers: all GPUs are hidden.
  const Result begun = cuda.init(0);
  constexpr Result kNoDevice = 100;
  constexpr Result kInvalidDevice = 101;
  const bool hidden = begun == kNoDevice || begun == kInvalidDevice;
  if (!hidden && (!succeeded(cuda, begun, "cuInit") ||
                  !succeeded(cuda, cuda.count(&gpus), "cuDeviceGetCount"))) {
    return 1;
  }
  for (int position = 0; position < gpus; ++position) {
    const auto index = std::min(static_cast<std::size_t>(position), amounts.size() - 1);
    if (!hold(cuda, position, amounts[index])) return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  int number = 0;
  sigwait(&ends, &number);
  return 0;
}
