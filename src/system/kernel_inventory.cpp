// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/kernel_inventory.hpp"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <sstream>

#include "file_io.hpp"

namespace ollama_gpu {
namespace {

struct DirectoryDeleter {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::vector<std::string> sorted_names(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, DirectoryDeleter> stream(opendir(path.c_str()));
  while (stream) {
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string field(const std::string& path) {
  return std::string(stripped(read_small_file(path).value_or("")));
}

std::optional<std::uint64_t> number(const std::string& text, int base = 10) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

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

Gpu describe_card(const std::string& device, Vendor vendor) {
  Gpu gpu;
  gpu.vendor = vendor;
  gpu.name = field(device + "/product_name");
  if (gpu.name.empty()) {
    gpu.name = vendor == Vendor::amd ? "AMD GPU " : "Intel GPU ";
    gpu.name += field(device + "/device");
  }
  gpu.memory_total = number(field(device + "/mem_info_vram_total"));
  gpu.memory_used = number(field(device + "/mem_info_vram_used"));
  if (const auto busy = number(field(device + "/gpu_busy_percent")); busy && *busy <= 100) {
    gpu.utilization = static_cast<unsigned>(*busy);
  }
  // ROCm's form of the kernel's unique_id; 0 where the card has none.
  const std::string id = lower(field(device + "/unique_id"));
  if (number(id, 16).value_or(0) != 0) gpu.uuid = "GPU-" + id;
  return gpu;
}

std::string pci_address(const std::string& device) {
  std::array<char, PATH_MAX> buffer{};
  if (realpath(device.c_str(), buffer.data()) == nullptr) return {};
  const std::string path = buffer.data();
  const std::string name = lower(path.substr(path.find_last_of('/') + 1));
  return std::count(name.begin(), name.end(), ':') == 2 ? name : "";
}

}  // namespace

Inventory ProcNvidiaInventory::list() const {
  const std::string directory = root_ + "/proc/driver/nvidia";
  Inventory inventory;
  const std::string driver = driver_version(read_small_file(directory + "/version").value_or(""));
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
  std::sort(inventory.gpus.begin(), inventory.gpus.end(),
            [](const Gpu& left, const Gpu& right) { return left.pci < right.pci; });
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
    const std::string vendor = field(device + "/vendor");
    if (vendor != "0x1002" && vendor != "0x8086") continue;
    inventory.gpus.push_back(
        describe_card(device, vendor == "0x1002" ? Vendor::amd : Vendor::intel));
    inventory.gpus.back().pci = pci_address(device);
  }
  std::sort(inventory.gpus.begin(), inventory.gpus.end(),
            [](const Gpu& left, const Gpu& right) { return left.pci < right.pci; });
  inventory.source = inventory.gpus.empty() ? "none" : "/sys/class/drm";
  return inventory;
}

unsigned DrmInventory::nvidia_controllers() const {
  const std::string directory = root_ + "/sys/bus/pci/devices";
  unsigned count = 0;
  for (const std::string& address : sorted_names(directory)) {
    const std::string device = child_path(directory, address);
    if (field(device + "/vendor") == "0x10de" && field(device + "/class").starts_with("0x03")) {
      ++count;
    }
  }
  return count;
}

}  // namespace ollama_gpu
