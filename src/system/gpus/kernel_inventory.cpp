// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/gpus/kernel_inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "system/files/file_io.hpp"
#include "system/files/sysfs.hpp"
#include "system/gpus/kfd_topology.hpp"

namespace ollama_gpu {
namespace {

using sysfs::field;
using sysfs::lower;
using sysfs::number;
using sysfs::sorted_names;

// The word that looks like a version in "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03
// Sat Oct ...".
std::string driver_version(const std::string& text) {
  std::istringstream words(text.substr(0, text.find('\n')));
  for (std::string word; words >> word;) {
    if (word.find('.') != std::string::npos &&
        word.find_first_not_of("0123456789.") == std::string::npos) {
      return word;
    }
  }
  return {};
}

// "Key: <tab> value" lines.
Gpu parse_information(const std::string& text, bool& excluded) {
  Gpu gpu;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view key = stripped(std::string_view(line).substr(0, colon));
    const std::string value(stripped(std::string_view(line).substr(colon + 1)));
    if (key == "Model") gpu.name = value;
    if (key == "GPU UUID") gpu.uuid = value;
    if (key == "Bus Location") gpu.pci = lower(value);
    if (key == "GPU Excluded") excluded = value == "Yes";
  }
  // The UUID is all '?' until the GPU was initialised once.
  if (gpu.uuid.find('?') != std::string::npos) gpu.uuid.clear();
  return gpu;
}

struct VendorName {
  std::string_view id;
  Vendor vendor;
  std::string_view name;
};

constexpr std::array kVendors{VendorName{"0x1002", Vendor::amd, "AMD"},
                              VendorName{"0x8086", Vendor::intel, "Intel"}};

// Others' compute cards (PCI classes 0302, 3D controller, and 12, accelerator) are named as
// present; a server's plain display controller is none.
constexpr VendorName kOther{"", Vendor::other, "unknown"};

const VendorName* vendor_of(const std::string& device) {
  const std::string id = field(device + "/vendor");
  for (const VendorName& known : kVendors) {
    if (known.id == id) return &known;
  }
  const std::string kind = field(device + "/class");
  const bool computes = kind.starts_with("0x0302") || kind.starts_with("0x12");
  return computes && id != "0x10de" ? &kOther : nullptr;
}

std::string pci_address(const std::string& device) {
  const std::string name = lower(sysfs::link_name(device));
  return std::ranges::count(name, ':') == 2 ? name : "";
}

// Any connector of the card with a screen on it; nothing where it has no connector.
std::optional<bool> display_of(const std::string& drm, const std::string& card) {
  std::optional<bool> connected;
  for (const std::string& name : sorted_names(drm)) {
    if (!name.starts_with(card + "-")) continue;
    const std::string status = field(child_path(child_path(drm, name), "status"));
    connected = connected.value_or(false) || status == "connected";
  }
  return connected;
}

// Documentation/hwmon/sysfs-interface: millidegrees, microwatts.
void add_sensors(const std::string& device, Gpu& gpu) {
  for (const std::string& name : sorted_names(device + "/hwmon")) {
    const std::string sensors = child_path(device + "/hwmon", name);
    const auto heat = number(field(sensors + "/temp1_input"));
    if (heat) gpu.temperature = static_cast<unsigned>(*heat / 1000);
    auto power = number(field(sensors + "/power1_average"));
    if (!power) power = number(field(sensors + "/power1_input"));
    if (power) gpu.power = static_cast<unsigned>(*power / 1000);
  }
}

// Documentation/gpu/amdgpu: files of the PCI device.
Gpu describe_card(const std::string& device, const VendorName& vendor) {
  Gpu gpu;
  gpu.vendor = vendor.vendor;
  gpu.pci = pci_address(device);
  gpu.name = field(device + "/product_name");
  if (gpu.name.empty()) {
    const std::string_view maker = vendor.name;
    gpu.name = fmt::format("{} GPU {}", maker, field(device + "/device"));
    if (vendor.vendor == Vendor::other) gpu.name += " of " + field(device + "/vendor");
  }
  gpu.driver = sysfs::link_name(device + "/driver");
  const std::string version = field(device + "/driver/module/version");
  if (!version.empty()) gpu.driver += " " + version;
  gpu.memory_total = number(field(device + "/mem_info_vram_total"));
  gpu.memory_used = number(field(device + "/mem_info_vram_used"));
  if (const auto busy = number(field(device + "/gpu_busy_percent")); busy && *busy <= 100) {
    gpu.utilization = static_cast<unsigned>(*busy);
  }
  // ROCm's form of the kernel's unique_id; 0 where the card has none.
  const auto id = number(lower(field(device + "/unique_id")), 16);
  if (id.value_or(0) != 0) gpu.uuid = fmt::format("GPU-{:016x}", *id);
  add_sensors(device, gpu);
  return gpu;
}

// What ROCm knows of the AMD cards: its numbering, and who holds memory.
void add_kfd(const std::string& root, std::vector<Gpu>& gpus) {
  unsigned index = 0;
  for (const KfdGpu& known : read_kfd_gpus(root)) {
    const unsigned here = index++;
    const auto gpu = std::ranges::find_if(gpus, [&](const Gpu& candidate) {
      return candidate.vendor == Vendor::amd && candidate.pci == known.pci;
    });
    if (gpu == gpus.end()) continue;
    gpu->index = here;
    gpu->compute_capability = known.target;
    if (gpu->uuid.empty() && known.unique_id != 0) {
      gpu->uuid = fmt::format("GPU-{:016x}", known.unique_id);
    }
    gpu->processes = read_kfd_processes(root, known.gpu_id);
  }
}

}  // namespace

std::string ProcNvidiaInventory::kernel_module() const {
  return driver_version(read_small_file(root_ + "/proc/driver/nvidia/version").value_or(""));
}

Inventory ProcNvidiaInventory::list() const {
  const std::string directory = root_ + "/proc/driver/nvidia";
  Inventory inventory;
  const std::string driver = kernel_module();
  const std::string gpus = directory + "/gpus";
  for (const std::string& address : sorted_names(gpus)) {
    const auto text = read_small_file(child_path(child_path(gpus, address), "information"));
    if (!text) continue;
    bool excluded = false;
    Gpu gpu = parse_information(*text, excluded);
    if (excluded) continue;
    if (gpu.pci.empty()) gpu.pci = lower(address);
    gpu.driver = driver;
    inventory.gpus.push_back(std::move(gpu));
  }
  std::ranges::sort(inventory.gpus, {}, &Gpu::pci);
  unsigned index = 0;
  for (Gpu& gpu : inventory.gpus) gpu.index = index++;
  inventory.source = inventory.gpus.empty() ? "none" : "/proc/driver/nvidia";
  return inventory;
}

Inventory DrmInventory::list() const {
  Inventory inventory;
  const std::string directory = root_ + "/sys/class/drm";
  for (const std::string& card : sorted_names(directory)) {
    // "card0", not its connectors ("card0-DP-1") nor "renderD128".
    if (!card.starts_with("card") || !number(card.substr(4))) continue;
    const std::string device = child_path(child_path(directory, card), "device");
    const VendorName* vendor = vendor_of(device);
    if (vendor == nullptr) continue;
    inventory.gpus.push_back(describe_card(device, *vendor));
    inventory.gpus.back().display_active = display_of(directory, card);
  }
  add_kfd(root_, inventory.gpus);
  std::ranges::sort(inventory.gpus, {}, &Gpu::pci);
  inventory.source = inventory.gpus.empty() ? "none" : "/sys/class/drm";
  return inventory;
}

std::vector<std::string> nvidia_controllers(const std::string& root) {
  const std::string directory = root + "/sys/bus/pci/devices";
  std::vector<std::string> drivers;
  for (const std::string& address : sorted_names(directory)) {
    const std::string device = child_path(directory, address);
    if (field(device + "/vendor") != "0x10de") continue;
    if (!field(device + "/class").starts_with("0x03")) continue;
    drivers.push_back(sysfs::link_name(device + "/driver"));
  }
  return drivers;
}

}  // namespace ollama_gpu
