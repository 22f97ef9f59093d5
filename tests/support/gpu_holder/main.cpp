// SPDX-License-Identifier: MIT
// Holds memory on every GPU that it may use, until it is ended: what a model server looks like from
// outside, for tries on real hardware. It needs the NVIDIA driver's libcuda.so.1 when it runs, and
// nothing of CUDA when it is built (the prototypes are those of the CUDA driver API).
//   gpu-holder MIB     prints "gpu POSITION UUID BYTES" in CUDA's order, then "ready"
#include <dlfcn.h>
#include <signal.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

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
  const bool held = succeeded(cuda, cuda.device(&device, position), "cuDeviceGet") &&
                    succeeded(cuda, cuda.uuid(&uuid, device), "cuDeviceGetUuid") &&
                    succeeded(cuda, cuda.context(&context, 0, device), "cuCtxCreate") &&
                    succeeded(cuda, cuda.allocate(&memory, bytes), "cuMemAlloc") &&
                    succeeded(cuda, cuda.fill(memory, 0, bytes), "cuMemsetD8");
  if (held) print(position, uuid, bytes);
  return held;
}

}  // namespace

int main(int count, char** words) {
  std::size_t mebibytes = 0;
  const std::string_view text = count == 2 ? words[1] : "";
  const auto read = std::from_chars(text.data(), text.data() + text.size(), mebibytes);
  if (text.empty() || read.ptr != text.data() + text.size() || mebibytes == 0) {
    std::fprintf(stderr, "usage: gpu-holder MIB\n");
    return 2;
  }
  Cuda cuda;
  int gpus = 0;
  if (!load(cuda) || !succeeded(cuda, cuda.init(0), "cuInit") ||
      !succeeded(cuda, cuda.count(&gpus), "cuDeviceGetCount")) {
    return 1;
  }
  for (int position = 0; position < gpus; ++position) {
    if (!hold(cuda, position, mebibytes << 20U)) return 1;
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
