// SPDX-License-Identifier: MIT
#include <algorithm>

#include "ollama_gpu/core/selector.hpp"
#include "selector_ids.hpp"
#include "value_text.hpp"

// CUDA_VISIBLE_DEVICES as CUDA reads it: CUDA programming guide, "CUDA environment variables";
// MIG user guide, "CUDA Device Enumeration".
namespace ollama_gpu {

namespace {

using Devices = std::vector<SelectedDevice>;

bool contains(const Devices& devices, const SelectedDevice& wanted) {
  return std::any_of(devices.begin(), devices.end(),
                     [&](const SelectedDevice& device) { return same_device(device, wanted); });
}

// Positions of one vendor's GPUs, by index where they have one, else by PCI address: the order of
// CUDA_DEVICE_ORDER=PCI_BUS_ID.
std::vector<std::size_t> gpus_of(Vendor vendor, const Inventory& inventory) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < inventory.gpus.size(); ++i) {
    if (inventory.gpus[i].vendor == vendor) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    const Gpu& a = inventory.gpus[left];
    const Gpu& b = inventory.gpus[right];
    if (a.index && b.index) return *a.index < *b.index;
    if (a.index.has_value() != b.index.has_value()) return a.index.has_value();
    return a.pci < b.pci;
  });
  return order;
}

// A GPU as CUDA opens it: in MIG mode its first instance, or nothing when it has none.
std::optional<SelectedDevice> opened(std::size_t gpu, const Inventory& inventory) {
  if (!inventory.gpus[gpu].mig_enabled) return SelectedDevice{gpu, std::nullopt};
  if (inventory.gpus[gpu].mig.empty()) return std::nullopt;
  return SelectedDevice{gpu, std::size_t{0}};
}

std::optional<SelectedDevice> at_index(std::uint64_t index, const std::vector<std::size_t>& order,
                                       const Inventory& inventory) {
  for (std::size_t position = 0; position < order.size(); ++position) {
    const std::optional<unsigned>& known = inventory.gpus[order[position]].index;
    if (known ? *known == index : position == index) return opened(order[position], inventory);
  }
  return std::nullopt;
}

// The one device whose UUID starts with `id`; CUDA compares the letters as they are.
std::optional<SelectedDevice> with_uuid(std::string_view id, const std::vector<std::size_t>& order,
                                        const Inventory& inventory) {
  std::optional<SelectedDevice> found;
  for (const std::size_t gpu : order) {
    const Gpu& candidate = inventory.gpus[gpu];
    if (candidate.uuid.starts_with(id)) {
      if (found) return std::nullopt;
      found = opened(gpu, inventory);
    }
    for (std::size_t j = 0; j < candidate.mig.size(); ++j) {
      if (!candidate.mig[j].uuid.starts_with(id)) continue;
      if (found) return std::nullopt;
      found = SelectedDevice{gpu, j};
    }
  }
  return found;
}

Devices listed(std::string_view list, const std::vector<std::size_t>& order,
               const Inventory& inventory) {
  Devices devices;
  for (const std::string_view id : split_at(list, ',')) {
    std::optional<SelectedDevice> device;
    if (const std::optional<std::uint64_t> index = parse_decimal(id)) {
      device = at_index(*index, order, inventory);
    } else if (id.starts_with("GPU-") || id.starts_with("MIG-")) {
      device = with_uuid(id, order, inventory);
    }
    // The first entry that is no device ends the list.
    if (!device || contains(devices, *device)) break;
    devices.push_back(*device);
  }
  return devices;
}

// One MIG instance hides all the rest.
Devices as_enumerated(Devices devices) {
  for (const SelectedDevice& device : devices) {
    if (device.mig) return {device};
  }
  return devices;
}

Devices visible(const std::optional<std::string>& list, Vendor vendor, const Inventory& inventory) {
  const std::vector<std::size_t> order = gpus_of(vendor, inventory);
  if (list) return as_enumerated(listed(*list, order, inventory));
  Devices devices;
  for (const std::size_t gpu : order) {
    if (const auto device = opened(gpu, inventory)) devices.push_back(*device);
  }
  return as_enumerated(devices);
}

}  // namespace

std::vector<SelectedDevice> visible_devices(const std::optional<std::string>& cuda_visible_devices,
                                            const Inventory& inventory) {
  return visible(cuda_visible_devices, Vendor::nvidia, inventory);
}

std::vector<SelectedDevice> visible_amd_devices(
    const std::optional<std::string>& rocr_visible_devices, const Inventory& inventory) {
  return visible(rocr_visible_devices, Vendor::amd, inventory);
}

}  // namespace ollama_gpu
