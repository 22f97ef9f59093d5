// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu::ports {

// The GPUs of this machine. Never fails: what could not be read is said in Inventory::problem.
class GpuInventory {
 public:
  virtual ~GpuInventory() = default;
  virtual Inventory list() const = 0;
  // Which GPUs there are, by a cheaper way where there is one: NVML takes 20 ms a GPU, and seconds
  // where no process keeps the driver initialised. Figures are missing (Inventory::names_only), or
  // those of the last list().
  virtual Inventory identify() const { return list(); }
  // Fills in how busy each process of a listed GPU kept it over the last second, where the driver
  // tells. Costs 1.5 ms a GPU on an H200, hence not part of list().
  virtual void measure_use(Inventory& /*listed*/) const {}
  // Fills in how many NVLinks of each listed GPU are active, where the driver tells.
  virtual void measure_links(Inventory& /*listed*/) const {}
  // The next list() asks the drivers anew: GPUs that have appeared since are found.
  virtual void start_over() {}
  // Why a process of this user cannot use a listed GPU: a device file that is missing or that it
  // may not open; empty where it can.
  virtual std::string obstacle(const Gpu& /*gpu*/) const { return ""; }
};

}  // namespace ollama_gpu::ports
