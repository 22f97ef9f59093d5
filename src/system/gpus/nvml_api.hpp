// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/result.hpp"

// The part of NVML that we use, declared here: NVIDIA's header is in no distribution's main
// archive. Names and layouts: NVML API reference manual; they have been stable since driver 450.
namespace ollama_gpu::nvml {

struct DeviceHandle;
using Device = DeviceHandle*;
using Return = int;

inline constexpr Return kSuccess = 0;
inline constexpr Return kInvalidArgument = 2;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNoPermission = 4;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kInsufficientPower = 8;
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kIrqIssue = 11;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kLibraryMismatch = 18;

struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

// nvmlMemory_v2_t: `used` leaves out what the driver keeps for itself, as nvidia-smi shows it.
struct MemoryV2 {
  unsigned version;
  unsigned long long total;
  unsigned long long reserved;
  unsigned long long free;
  unsigned long long used;
};
inline constexpr unsigned kMemoryV2 = sizeof(MemoryV2) | (2U << 24U);

struct Utilization {
  unsigned gpu;
  unsigned memory;
};

// nvmlPciInfo_t of versions 2 and 3: the same up to `device`, larger behind it.
struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  char rest[256];
};

// nvmlProcessInfo_t of versions 2 and 3.
struct ProcessInfo {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};
inline constexpr unsigned long long kNotAvailable = ~0ULL;

// nvmlProcessUtilizationSample_t: percent over the time since `last_seen`; the time stamp in
// microseconds since the epoch.
struct ProcessSample {
  unsigned pid;
  unsigned long long time_stamp;
  unsigned sm;
  unsigned memory;
  unsigned encoder;
  unsigned decoder;
};

struct Api {
  Return (*init)() = nullptr;
  Return (*shutdown)() = nullptr;
  const char* (*error_string)(Return) = nullptr;
  Return (*driver_version)(char*, unsigned) = nullptr;
  Return (*library_version)(char*, unsigned) = nullptr;
  Return (*device_count)(unsigned*) = nullptr;
  Return (*device_by_index)(unsigned, Device*) = nullptr;
  Return (*uuid)(Device, char*, unsigned) = nullptr;
  Return (*name)(Device, char*, unsigned) = nullptr;
  Return (*pci_info)(Device, PciInfo*) = nullptr;
  Return (*memory_info)(Device, Memory*) = nullptr;
  Return (*memory_info_v2)(Device, MemoryV2*) = nullptr;
  Return (*utilization)(Device, Utilization*) = nullptr;
  Return (*temperature)(Device, int, unsigned*) = nullptr;
  Return (*power_usage)(Device, unsigned*) = nullptr;
  Return (*compute_capability)(Device, int*, int*) = nullptr;
  Return (*display_active)(Device, int*) = nullptr;
  Return (*nvlink_state)(Device, unsigned link, int* active) = nullptr;
  Return (*mig_mode)(Device, unsigned*, unsigned*) = nullptr;
  Return (*mig_count)(Device, unsigned*) = nullptr;
  Return (*mig_by_index)(Device, unsigned, Device*) = nullptr;
  Return (*compute_processes)(Device, unsigned*, ProcessInfo*) = nullptr;
  Return (*graphics_processes)(Device, unsigned*, ProcessInfo*) = nullptr;

  // Without a sample since then: kNotFound.
  Return (*process_utilization)(Device, ProcessSample*, unsigned* count,
                                unsigned long long last_seen) = nullptr;

  // An NVML error in words: what it means for the user, else NVML's own text.
  std::string error_text(Return code) const;
  // The version of the driver that the library belongs to ("550.54.14"), or "".
  std::string library_driver() const;
};

GpuFault fault_of(Return code);

struct CloseLibrary {
  void operator()(void* library) const;
};
using Library = std::unique_ptr<void, CloseLibrary>;

// Loads the library and fills the table with what it has. Errc::not_found with the reason.
Result<Library> load(const std::string& name, Api& api);

}  // namespace ollama_gpu::nvml
