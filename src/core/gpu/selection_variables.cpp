// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/selection_variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/gpu/selector_ids.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

using Devices = std::vector<SelectedDevice>;

constexpr const char* kOrderReason = "numeric ids then mean what nvidia-smi shows";
constexpr const char* kVulkanReason =
    "Ollama 0.30 and later would bring the GPUs left out back through Vulkan";

Devices of_vendor(Vendor vendor, const Devices& devices, const Inventory& inventory) {
  Devices found;
  for (const SelectedDevice& device : devices) {
    if (inventory.gpus[device.gpu].vendor == vendor) found.push_back(device);
  }
  return found;
}

bool has_vendor(Vendor vendor, const Inventory& inventory) {
  return std::ranges::any_of(inventory.gpus,
                             [vendor](const Gpu& gpu) { return gpu.vendor == vendor; });
}

// True where plain numbers cannot be misread. With AMD GPUs there, ROCm reads the numbers too;
// MIG mode changes how CUDA counts.
bool only_plain_nvidia(const Inventory& inventory) {
  return std::ranges::all_of(inventory.gpus, [](const Gpu& gpu) {
    return gpu.vendor == Vendor::other || (gpu.vendor == Vendor::nvidia && !gpu.mig_enabled);
  });
}

bool all_have_index(const Devices& devices, const Inventory& inventory) {
  return std::ranges::all_of(devices, [&](const SelectedDevice& device) {
    return !device.mig && inventory.gpus[device.gpu].index.has_value();
  });
}

std::string join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : ",") + part;
  return joined;
}

std::string indices_of(const Devices& devices, const Inventory& inventory) {
  std::vector<std::string> indices;
  for (const SelectedDevice& device : devices) {
    indices.push_back(fmt::format("{}", inventory.gpus[device.gpu].index.value_or(0)));
  }
  return join(indices);
}

// One call of selection_variables.
class Writer {
 public:
  Writer(const Selector& selector, const Selection& selection, const Inventory& inventory,
         GpuIds ids)
      : selector_(selector), selection_(selection), inventory_(inventory), ids_(ids) {}

  Result<SelectionVariables> write();

 private:
  Result<void> write_nvidia();
  Result<void> write_amd();
  void write_none();
  void write_vulkan();
  Result<std::string> uuids_of(const Devices& devices) const;
  Result<bool> as_indices(const Devices& devices) const;
  void add(const char* name, std::string value, std::string reason, bool on_behalf) {
    variables_.push_back({name, std::move(value), std::move(reason), on_behalf});
  }

  const Selector& selector_;
  const Selection& selection_;
  const Inventory& inventory_;
  GpuIds ids_;
  SelectionVariables variables_;
};

Result<SelectionVariables> Writer::write() {
  if (selection_.devices.empty()) {
    write_none();
    return variables_;
  }
  if (Result<void> done = write_nvidia(); !done) return Failure(done.error());
  if (Result<void> done = write_amd(); !done) return Failure(done.error());
  write_vulkan();
  return variables_;
}

void Writer::write_none() {
  add("CUDA_VISIBLE_DEVICES", "-1", "no GPU: Ollama computes on the CPU", false);
  add("OLLAMA_VULKAN", "0", kVulkanReason, true);
  if (has_vendor(Vendor::amd, inventory_)) {
    add("ROCR_VISIBLE_DEVICES", "-1", "hides the AMD GPUs", true);
  }
}

Result<bool> Writer::as_indices(const Devices& devices) const {
  const bool possible = all_have_index(devices, inventory_);
  if (ids_ == GpuIds::automatic) {
    return possible && selector_.is_numeric() && only_plain_nvidia(inventory_);
  }
  if (ids_ == GpuIds::index && !possible) {
    return selector_error(Errc::usage, selector_.text, 0,
                          "cannot write indices: a selected GPU has none (MIG instances and GPUs "
                          "that the NVIDIA library does not see have only an id)",
                          "use --gpu-ids uuid or auto");
  }
  return ids_ == GpuIds::index;
}

Result<std::string> Writer::uuids_of(const Devices& devices) const {
  std::vector<std::string> uuids;
  for (const SelectedDevice& device : devices) {
    const std::string& uuid = uuid_of(device, inventory_);
    if (uuid.empty()) {
      return selector_error(Errc::usage, selector_.text, 0,
                            fmt::format("cannot write the id of GPU {}: its UUID is not known",
                                        gpu_for_message(inventory_.gpus[device.gpu])),
                            "use --gpu-ids index where it has an index, or select other GPUs");
    }
    uuids.push_back(uuid);
  }
  return join(uuids);
}

Result<void> Writer::write_nvidia() {
  if (!has_vendor(Vendor::nvidia, inventory_)) return {};
  const Devices chosen = of_vendor(Vendor::nvidia, selection_.devices, inventory_);
  if (chosen.empty()) {
    add("CUDA_VISIBLE_DEVICES", "-1", "hides the NVIDIA GPUs", true);
    return {};
  }
  const Result<bool> numeric = as_indices(chosen);
  if (!numeric) return Failure(numeric.error());
  const std::string reason = fmt::format("the GPUs that --gpus {} selects", selector_.text);
  if (*numeric) {
    add("CUDA_VISIBLE_DEVICES", indices_of(chosen, inventory_), reason, false);
    add("CUDA_DEVICE_ORDER", "PCI_BUS_ID", kOrderReason, true);
    return {};
  }
  Result<std::string> uuids = uuids_of(chosen);
  if (!uuids) return Failure(uuids.error());
  const std::string one = "; CUDA gives a process one MIG instance, and no GPU beside it";
  add("CUDA_VISIBLE_DEVICES", *uuids, chosen.front().mig ? reason + one : reason, false);
  return {};
}

// ROCR_VISIBLE_DEVICES is read by ROCm's runtime below HIP. HIP itself reads CUDA_VISIBLE_DEVICES
// unless HIP_VISIBLE_DEVICES is set (ROCm clr, rocdevice.cpp): ids of NVIDIA GPUs in the one would
// hide the AMD GPUs, so the other is written beside it.
Result<void> Writer::write_amd() {
  if (!has_vendor(Vendor::amd, inventory_)) return {};
  const Devices chosen = of_vendor(Vendor::amd, selection_.devices, inventory_);
  if (chosen.empty()) {
    add("ROCR_VISIBLE_DEVICES", "-1", "hides the AMD GPUs", true);
    return {};
  }
  const std::string reason = fmt::format("the AMD GPUs that --gpus {} selects", selector_.text);
  const bool numeric = ids_ == GpuIds::index && all_have_index(chosen, inventory_) &&
                       !has_vendor(Vendor::nvidia, inventory_);
  const Result<std::string> uuids = uuids_of(chosen);
  if (!uuids && !numeric && !selection_.everything) return Failure(uuids.error());
  // Older cards have no UUID; where all are selected nothing needs to be said.
  if (numeric || uuids) {
    add("ROCR_VISIBLE_DEVICES", numeric ? indices_of(chosen, inventory_) : *uuids, reason, false);
  }
  if (!has_vendor(Vendor::nvidia, inventory_)) return {};
  std::vector<std::string> positions;
  for (std::size_t i = 0; i < chosen.size(); ++i) positions.push_back(fmt::format("{}", i));
  add("HIP_VISIBLE_DEVICES", join(positions),
      "ROCm would otherwise read CUDA_VISIBLE_DEVICES and find no AMD GPU in it", true);
  return {};
}

void Writer::write_vulkan() {
  if (selection_.everything) return;
  const bool needs_vulkan =
      std::ranges::any_of(selection_.devices, [this](const SelectedDevice& device) {
        const Gpu& gpu = inventory_.gpus[device.gpu];
        return gpu.vendor != Vendor::nvidia &&
               !(gpu.vendor == Vendor::amd && is_served_by_rocm(gpu));
      });
  if (!needs_vulkan) add("OLLAMA_VULKAN", "0", kVulkanReason, true);
}

}  // namespace

// The types that Ollama's ROCm library is built for (llama/server/CMakePresets.json); it drops the
// others (discover/amd.go), and from 0.30 on uses them through Vulkan.
bool is_served_by_rocm(const Gpu& gpu) {
  constexpr std::array<std::string_view, 12> kBuilt{"gfx908",  "gfx90a",  "gfx942",  "gfx950",
                                                    "gfx1030", "gfx1100", "gfx1101", "gfx1102",
                                                    "gfx1150", "gfx1151", "gfx1200", "gfx1201"};
  return contains(kBuilt, gpu.compute_capability);
}

Result<SelectionVariables> selection_variables(const Selector& selector, const Selection& selection,
                                               const Inventory& inventory, GpuIds ids) {
  return Writer(selector, selection, inventory, ids).write();
}

const std::vector<std::string>& selection_variable_names() {
  static const std::vector<std::string> kNames = {"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER",
                                                  "OLLAMA_VULKAN", "ROCR_VISIBLE_DEVICES",
                                                  "HIP_VISIBLE_DEVICES"};
  return kNames;
}

}  // namespace ollama_gpu
