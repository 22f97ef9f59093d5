// SPDX-License-Identifier: MIT
// The "inference compute" lines of a run, held against the selection.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ollama_gpu/app/evidence.hpp"

namespace ollama_gpu::app {

namespace {

std::string label(const Gpu& gpu) {
  if (gpu.index) return fmt::format("GPU {} ({})", *gpu.index, gpu.name);
  return gpu.uuid.empty() ? gpu.pci : gpu.uuid;
}

// Joined by UUID, else by PCI address, else by the index that the line names (docs/design.md).
bool names_gpu(const InferenceCompute& line, const SelectedDevice& device,
               const Inventory& inventory, std::size_t position) {
  const Gpu& gpu = inventory.gpus[device.gpu];
  const std::string& uuid = device.mig ? gpu.mig[*device.mig].uuid : gpu.uuid;
  const auto is_uuid = [&](const std::string& id) {
    return !uuid.empty() && (id == uuid || (id.size() > 4 && uuid.starts_with(id)));
  };
  if (is_uuid(line.id) || is_uuid(line.filter_id)) return true;
  if (device.mig && line.filter_id.starts_with("MIG-")) return false;  // another instance
  if (!line.pci.empty() && !gpu.pci.empty()) return line.pci == gpu.pci;
  if (!line.filter_id.empty()) return gpu.index && line.filter_id == std::to_string(*gpu.index);
  return line.id == std::to_string(position);
}

bool is_nvidia(const Gpu& gpu) { return gpu.vendor == Vendor::nvidia; }

// A GPU of another vendor: CUDA_VISIBLE_DEVICES says nothing about it.
bool is_of_other_vendor(const InferenceCompute& line, const Inventory& inventory) {
  return std::any_of(inventory.gpus.begin(), inventory.gpus.end(), [&](const Gpu& gpu) {
    return !is_nvidia(gpu) && !gpu.pci.empty() && line.pci == gpu.pci;
  });
}

Evidence failed(std::string detail) {
  return {EvidenceLevel::devices, EvidenceStatus::failed, std::move(detail)};
}

// CPU only: right for --gpus none, a fallback otherwise.
std::optional<Evidence> judge_cpu(const OllamaLog& log, bool wanted) {
  const auto cpu = std::find_if(log.devices.begin(), log.devices.end(),
                                [](const auto& line) { return line.is_cpu(); });
  if (cpu == log.devices.end()) return std::nullopt;
  const bool only = log.devices.size() == 1;
  if (wanted && only) {
    return Evidence{EvidenceLevel::devices, EvidenceStatus::ok,
                    "Ollama runs on the CPU, as selected"};
  }
  if (!wanted && only) return failed("Ollama came up on the CPU: " + cpu->line);
  return std::nullopt;
}

}  // namespace

Evidence judge_devices(const OllamaLog& log, const std::optional<std::string>& cuda_visible_devices,
                       const Inventory& inventory) {
  const std::vector<SelectedDevice> expected = visible_devices(cuda_visible_devices, inventory);
  if (inventory.gpus.empty()) {
    const std::string why = inventory.problem.empty() ? "no GPU was found" : inventory.problem;
    return {EvidenceLevel::devices, EvidenceStatus::skipped, why};
  }
  if (std::none_of(inventory.gpus.begin(), inventory.gpus.end(), is_nvidia)) {
    return {EvidenceLevel::devices, EvidenceStatus::skipped,
            "only NVIDIA GPUs can be held against what Ollama logs, and there is none"};
  }
  if (auto cpu = judge_cpu(log, expected.empty())) return *cpu;
  std::vector<bool> used(log.devices.size(), false);
  std::vector<std::string> present;
  for (std::size_t position = 0; position < expected.size(); ++position) {
    bool found = false;
    for (std::size_t i = 0; i < log.devices.size() && !found; ++i) {
      const InferenceCompute& line = log.devices[i];
      if (used[i] || line.is_cpu() || line.is_vulkan()) continue;
      found = used[i] = names_gpu(line, expected[position], inventory, position);
    }
    const std::string name = label(inventory.gpus[expected[position].gpu]);
    if (!found) return failed(fmt::format("Ollama does not use {}", name));
    present.push_back(name);
  }
  for (std::size_t i = 0; i < log.devices.size(); ++i) {
    const InferenceCompute& line = log.devices[i];
    if (used[i] || line.is_cpu() || is_of_other_vendor(line, inventory)) continue;
    if (line.is_vulkan()) return failed("a hidden GPU came back through Vulkan: " + line.line);
    return failed("Ollama uses a GPU that was not selected: " + line.line);
  }
  return {EvidenceLevel::devices, EvidenceStatus::ok,
          fmt::format("Ollama uses exactly {}", fmt::join(present, ", "))};
}

}  // namespace ollama_gpu::app
