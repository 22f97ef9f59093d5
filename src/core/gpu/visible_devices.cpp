// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/visible_devices.hpp"

#include <algorithm>
#include <charconv>

#include "core/gpu/selector_ids.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"

// CUDA_VISIBLE_DEVICES as CUDA reads it: CUDA programming guide, "CUDA environment variables";
// MIG user guide, "CUDA Device Enumeration". What these leave open was tried with driver
// 580.159.04 (tests/hardware/run, docs/hardware.md).
namespace ollama_gpu {

namespace {

using Devices = std::vector<SelectedDevice>;
using Order = std::vector<std::size_t>;

// Positions of one vendor's GPUs, by index where they have one, else by PCI address: the order of
// CUDA_DEVICE_ORDER=PCI_BUS_ID.
Order gpus_of(Vendor vendor, const Inventory& inventory) {
  Order order;
  for (std::size_t i = 0; i < inventory.gpus.size(); ++i) {
    if (inventory.gpus[i].vendor == vendor) order.push_back(i);
  }
  std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
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

std::optional<SelectedDevice> at_index(std::uint64_t index, const Order& order,
                                       const Inventory& inventory) {
  for (std::size_t position = 0; position < order.size(); ++position) {
    const std::optional<unsigned>& known = inventory.gpus[order[position]].index;
    if (known ? *known == index : position == index) return opened(order[position], inventory);
  }
  return std::nullopt;
}

// An index as CUDA reads it: blanks and a sign before it, anything after it, 32 bits of it. So a
// PCI address "00000000:41:00.0" is GPU 0.
std::optional<std::uint64_t> index_like_cuda(std::string_view id) {
  id.remove_prefix(std::min(id.find_first_not_of(" \t\n\v\f\r"), id.size()));
  if (id.starts_with('+') && !id.starts_with("+-")) id.remove_prefix(1);
  std::int64_t wide = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), wide);
  if (read.ec != std::errc()) return std::nullopt;  // no digits, or past 64 bits: -1 to CUDA
  const auto index = static_cast<std::int32_t>(static_cast<std::uint32_t>(wide & 0xFFFFFFFF));
  if (index < 0) return std::nullopt;
  return static_cast<std::uint64_t>(index);
}

// The one device whose UUID starts with `id`.
std::optional<SelectedDevice> with_uuid(std::string_view id, const Order& order,
                                        const Inventory& inventory) {
  std::optional<SelectedDevice> found;
  for (const std::size_t gpu : order) {
    const Gpu& candidate = inventory.gpus[gpu];
    if (fits_uuid(id, candidate.uuid, candidate.vendor)) {
      if (found) return std::nullopt;
      found = opened(gpu, inventory);
    }
    for (std::size_t j = 0; j < candidate.mig.size(); ++j) {
      if (!fits_uuid(id, candidate.mig[j].uuid, candidate.vendor)) continue;
      if (found) return std::nullopt;
      found = SelectedDevice{gpu, j};
    }
  }
  return found;
}

bool is_uuid(std::string_view id) { return id.starts_with("GPU-") || id.starts_with("MIG-"); }

// The first entry says whether they all are indices or UUIDs.
std::optional<SelectedDevice> device_for_cuda(std::string_view list, std::string_view id,
                                              const Order& order, const Inventory& inventory) {
  if (is_uuid(list)) return is_uuid(id) ? with_uuid(id, order, inventory) : std::nullopt;
  const auto index = index_like_cuda(id);
  return index ? at_index(*index, order, inventory) : std::nullopt;
}

// The first entry that is no device ends the list; one device twice, and cuInit fails: no device at
// all.
Devices listed_for_cuda(std::string_view list, const Order& order, const Inventory& inventory) {
  Devices devices;
  for (const std::string_view id : split_at(list, ',')) {
    const auto device = device_for_cuda(list, id, order, inventory);
    if (!device) break;
    if (contains(devices, *device)) return {};
    devices.push_back(*device);
  }
  return devices;
}

Devices listed_for_rocm(std::string_view list, const Order& order, const Inventory& inventory) {
  Devices devices;
  for (const std::string_view id : split_at(list, ',')) {
    std::optional<SelectedDevice> device;
    if (const std::optional<std::uint64_t> index = parse_decimal(id)) {
      device = at_index(*index, order, inventory);
    } else if (is_uuid(id)) {
      device = with_uuid(id, order, inventory);
    }
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
  const Order order = gpus_of(vendor, inventory);
  if (list) {
    const auto listed = vendor == Vendor::nvidia ? listed_for_cuda : listed_for_rocm;
    return as_enumerated(listed(*list, order, inventory));
  }
  Devices devices;
  for (const std::size_t gpu : order) {
    if (const auto device = opened(gpu, inventory)) devices.push_back(*device);
  }
  return as_enumerated(devices);
}

// The hexadecimal digits behind "GPU-", in lower case, without the dashes. What follows the last
// one of a whole UUID does not count; anything else before it, and there are none.
std::string digits_of_uuid(std::string_view uuid) {
  constexpr std::size_t kDigits = 32;
  std::string digits;
  for (const char c : uuid.substr(std::min<std::size_t>(4, uuid.size()))) {
    if (c == '-') continue;
    if (digits.size() == kDigits) break;
    if (!is_hex_digit(c)) return {};
    digits += c;
  }
  return ascii_lower(digits);
}

}  // namespace

bool fits_uuid(std::string_view id, std::string_view uuid, Vendor vendor) {
  if (vendor != Vendor::nvidia) return uuid.starts_with(id);
  if (id == uuid) return true;  // MIG-GPU-UUID/GI/CI too
  if (!uuid.starts_with(id.substr(0, 4))) return false;
  const std::string digits = digits_of_uuid(id);
  return !digits.empty() && digits_of_uuid(uuid).starts_with(digits);
}

std::vector<SelectedDevice> visible_devices(const std::optional<std::string>& cuda_visible_devices,
                                            const Inventory& inventory) {
  return visible(cuda_visible_devices, Vendor::nvidia, inventory);
}

std::string absent_device(const std::string& cuda_visible_devices, const Inventory& inventory) {
  if (std::ranges::any_of(inventory.gpus, &Gpu::mig_enabled)) return "";
  const Order order = gpus_of(Vendor::nvidia, inventory);
  for (const std::string_view id : split_at(cuda_visible_devices, ',')) {
    if (id == "-1" || id == "NoDevFiles" || id.empty()) return "";  // ends it on purpose
    if (!device_for_cuda(cuda_visible_devices, id, order, inventory)) return std::string(id);
  }
  return "";
}

std::vector<SelectedDevice> visible_amd_devices(
    const std::optional<std::string>& rocr_visible_devices, const Inventory& inventory) {
  return visible(rocr_visible_devices, Vendor::amd, inventory);
}

std::vector<SelectedDevice> usable_devices(const std::optional<std::string>& cuda_visible_devices,
                                           const std::optional<std::string>& rocr_visible_devices,
                                           const Inventory& inventory) {
  Devices devices = visible_devices(cuda_visible_devices, inventory);
  if (!rocr_visible_devices) return devices;
  for (const SelectedDevice& device : visible_amd_devices(rocr_visible_devices, inventory)) {
    devices.push_back(device);
  }
  return devices;
}

std::vector<std::uint64_t> memory_of(const std::vector<SelectedDevice>& devices,
                                     const Inventory& inventory) {
  std::vector<std::uint64_t> sizes;
  for (const SelectedDevice& device : devices) {
    const Gpu& gpu = inventory.gpus[device.gpu];
    const auto total = device.mig ? gpu.mig[*device.mig].memory_total : gpu.memory_total;
    if (!total) return {};
    sizes.push_back(*total);
  }
  return sizes;
}

}  // namespace ollama_gpu
