// SPDX-License-Identifier: MIT
// The GPUs that the stand-ins pretend to have, and what processes hold on them.
//
// /etc/nvml-standin.conf (or $NVML_STANDIN_CONFIG): one GPU a line,
//   uuid=GPU-... pci=00000000:01:00.0 name="NVIDIA A100-SXM4-80GB" total=BYTES used=BYTES
//   reserved=BYTES
//   util=PERCENT cc=8.0 display=0|1 mig=off|on|MIG-...,MIG-... error=gpu-is-lost speed=N
//   nvlinks=N temperature=N power=MILLIWATT
// and lines for all: driver=, cuda=, nvml=, init_error=, memory_dir=.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace standin {

struct Gpu {
  std::string uuid;
  std::string pci;
  std::string name;
  std::uint64_t total = 0;
  std::uint64_t used = 0;      // by nobody in particular
  std::uint64_t reserved = 0;  // what the driver keeps for itself
  unsigned utilization = 0;
  int compute_major = 8;
  int compute_minor = 0;
  bool display = false;
  bool mig_capable = false;
  bool mig_mode = false;
  std::vector<std::string> mig_uuids;
  std::string error;  // what every query of this GPU answers
  unsigned speed = 0;
  unsigned nvlinks = 0;
  unsigned temperature = 35;
  unsigned power_milliwatts = 60000;
};

struct GpuFile {
  std::vector<Gpu> gpus;
  std::string driver = "580.65.06";
  std::string cuda = "13.0";
  std::string nvml = "13.580.65.06";
  std::string init_error;
  std::string memory_dir = "/run/ollama-standin";
};

// GPU memory that a process holds.
struct Holding {
  int pid = 0;
  std::string uuid;
  std::uint64_t bytes = 0;
};

GpuFile read_gpu_file();

// What the processes that still live hold, from the files *.memory in `directory`.
std::vector<Holding> read_holdings(const std::string& directory);

// Says in DIRECTORY/PID.memory what the processes of server `pid` hold; false if it cannot.
bool write_holdings(const std::string& directory, int pid, const std::vector<Holding>& holdings);

std::uint64_t used_memory(const Gpu& gpu, const std::vector<Holding>& holdings);

}  // namespace standin
