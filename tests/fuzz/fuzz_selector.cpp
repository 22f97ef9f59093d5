// SPDX-License-Identifier: MIT
// Any text after --gpus: read, resolved against a few GPUs, written as variables, read back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace {

ollama_gpu::Inventory some_gpus() {
  ollama_gpu::Inventory inventory;
  for (unsigned i = 0; i < 3; ++i) {
    ollama_gpu::Gpu gpu;
    gpu.index = i;
    gpu.uuid = "GPU-5" + std::to_string(i) + "a8f5d2-1111-2222-3333-444455556666";
    gpu.pci = "0000:0" + std::to_string(i) + ":00.0";
    gpu.name = "NVIDIA L40";
    gpu.memory_total = std::uint64_t{48} << 30U;
    gpu.memory_used = std::uint64_t{i} << 30U;
    gpu.utilization = i * 10;
    inventory.gpus.push_back(gpu);
  }
  ollama_gpu::Gpu amd;
  amd.vendor = ollama_gpu::Vendor::amd;
  amd.uuid = "GPU-deadbeefdeadbeef";
  inventory.gpus.push_back(amd);
  ollama_gpu::Gpu mig = inventory.gpus.front();
  mig.index = 3;
  mig.uuid = "GPU-99a8f5d2-1111-2222-3333-444455556666";
  mig.mig_enabled = true;
  mig.mig = {{"MIG-77", "1g.10gb", 10, 5}};
  inventory.gpus.push_back(mig);
  return inventory;
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ollama_gpu;
  static const Inventory inventory = some_gpus();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<Selector> selector = parse_selector(text);
  if (!selector) {
    check(selector.error().code == Errc::usage && selector.error().location.has_value());
    return 0;
  }
  (void)offline_selection_variables(*selector, GpuIds::automatic);
  const Result<Selection> selection =
      resolve_selector(*selector, inventory, {1, 2}, {inventory.gpus[1].uuid});
  if (!selection) return 0;
  check(selector->none == selection->devices.empty());
  for (const GpuIds ids : {GpuIds::automatic, GpuIds::index, GpuIds::uuid}) {
    const auto variables = selection_variables(*selector, *selection, inventory, ids);
    if (!variables) continue;
    for (const SelectionVariable& variable : *variables) {
      check(!variable.value.empty());
      if (variable.name == "CUDA_VISIBLE_DEVICES") (void)visible_devices(variable.value, inventory);
    }
  }
  return 0;
}
