// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "ollama_gpu/ports/gpu_inventory.hpp"

namespace ollama_gpu {

// The NVIDIA GPUs as NVML tells them, in nvidia-smi's order. The library belongs to the driver and
// is loaded at the first list(); what an older one lacks is left empty.
class NvmlInventory final : public ports::GpuInventory {
 public:
  explicit NvmlInventory(std::string library = "libnvidia-ml.so.1");
  ~NvmlInventory() override;
  Inventory list() const override;
  void measure_use(Inventory& listed) const override;
  void measure_links(Inventory& listed) const override;
  void start_over() override;

 private:
  struct Session;
  Session* start(Inventory& inventory) const;

  std::string library_;
  // Made by the first list(), which is const to those who ask: they cannot see that it stays.
  mutable std::unique_ptr<Session> session_;
};

}  // namespace ollama_gpu
