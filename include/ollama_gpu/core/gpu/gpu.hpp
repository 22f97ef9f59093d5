// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ollama_gpu {

enum class Vendor { nvidia, amd, intel, other };

// Why GPUs, or the fields of one, are missing.
enum class GpuFault {
  none,
  library_missing,    // NVML is not installed here
  driver_not_loaded,  // the hardware is there, no driver serves it
  version_mismatch,   // kernel module and library are of different versions
  no_permission,
  no_devices,  // the driver runs, but its device files are not here: a container
  lost,        // fell off the bus
  other,
};

// A process that holds memory on a GPU; `memory` in bytes and `utilization` in percent where the
// driver tells.
struct GpuProcess {
  int pid = 0;
  std::optional<std::uint64_t> memory = {};
  std::optional<unsigned> utilization = {};
};

// A MIG instance (NVML: MIG device).
struct MigDevice {
  std::string uuid;
  std::string name = {};
  std::optional<std::uint64_t> memory_total = {};
  std::optional<std::uint64_t> memory_used = {};
  std::optional<std::uint64_t> memory_reserved = {};
};

// A GPU as NVML or the kernel describes it. What could not be read is empty, never guessed.
struct Gpu {
  std::optional<unsigned> index = {};  // NVML's (nvidia-smi's order); AMD: ROCm's
  std::string uuid = {};               // "GPU-..."
  std::string pci = {};                // "0000:01:00.0", lower case, 4-digit domain
  Vendor vendor = Vendor::nvidia;
  std::string name = {};
  std::optional<std::uint64_t> memory_total = {};  // bytes
  // Bytes held by processes. What the driver keeps for itself is apart, where it says so; else in
  // it.
  std::optional<std::uint64_t> memory_used = {};
  std::optional<std::uint64_t> memory_reserved = {};
  std::optional<unsigned> utilization = {};  // percent
  std::optional<unsigned> temperature = {};  // degrees Celsius
  std::optional<unsigned> power = {};        // milliwatts
  std::string driver = {};
  std::string compute_capability = {};  // "8.9", AMD: "gfx90a"
  std::optional<bool> display_active = {};
  std::optional<unsigned> nvlinks = {};  // active links; only once measure_links() was asked
  bool mig_enabled = false;
  std::vector<MigDevice> mig = {};
  std::vector<GpuProcess> processes = {};
  GpuFault fault = GpuFault::none;
  std::string problem = {};  // why its fields are missing ("GPU is lost")
};

// What was found, from where, and why there may be less than expected.
struct Inventory {
  std::vector<Gpu> gpus = {};
  std::string source = {};  // "NVML", "/proc/driver/nvidia", "none"
  GpuFault fault = GpuFault::none;
  std::string problem = {};  // in words, empty when all is well
  bool names_only = false;   // without figures, faults and MIG modes: nobody asked for them
};

}  // namespace ollama_gpu
