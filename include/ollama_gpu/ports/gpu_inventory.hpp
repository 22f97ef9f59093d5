// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/core/gpu.hpp"

namespace ollama_gpu::ports {

// The GPUs of this machine. Never fails: what could not be read is said in Inventory::problem.
class GpuInventory {
 public:
  virtual ~GpuInventory() = default;
  virtual Inventory list() const = 0;
};

}  // namespace ollama_gpu::ports
