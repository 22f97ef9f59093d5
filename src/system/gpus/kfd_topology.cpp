// SPDX-License-Identifier: MIT
#include "system/gpus/kfd_topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "system/files/file_io.hpp"
#include "system/files/sysfs.hpp"

namespace ollama_gpu {
namespace {

using Properties = std::map<std::string, std::uint64_t, std::less<>>;

constexpr std::uint64_t kAmd = 0x1002;

// "name number" lines.
Properties read_properties(const std::string& path) {
  Properties properties;
  std::istringstream lines(read_small_file(path).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    const auto value = sysfs::number(stripped(std::string_view(line).substr(blank + 1)));
    if (value) properties[line.substr(0, blank)] = *value;
  }
  return properties;
}

std::uint64_t value_of(const Properties& properties, std::string_view name) {
  const auto found = properties.find(name);
  return found == properties.end() ? 0 : found->second;
}

// 90010 -> "gfx90a": two decimal digits each for minor version and stepping, shown as one hex
// digit.
std::string target_name(std::uint64_t version) {
  if (version == 0) return {};
  return fmt::format("gfx{}{:x}{:x}", version / 10000, version / 100 % 100, version % 100);
}

// The PCI bus and the device and function below it, in 16 bits.
std::string pci_of(const Properties& properties) {
  const std::uint64_t location = value_of(properties, "location_id");
  return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", value_of(properties, "domain"),
                     location >> 8U & 0xFFU, location >> 3U & 0x1FU, location & 7U);
}

}  // namespace

std::vector<KfdGpu> read_kfd_gpus(const std::string& root) {
  const std::string nodes = root + "/sys/class/kfd/kfd/topology/nodes";
  std::map<std::uint64_t, KfdGpu> by_node;  // "10" comes after "2"
  for (const std::string& name : sysfs::sorted_names(nodes)) {
    const auto node = sysfs::number(name);
    if (!node) continue;
    const std::string directory = child_path(nodes, name);
    const auto gpu_id = sysfs::number(sysfs::field(directory + "/gpu_id"));
    const Properties properties = read_properties(directory + "/properties");
    if (gpu_id.value_or(0) == 0 || value_of(properties, "vendor_id") != kAmd) continue;
    by_node[*node] = {*gpu_id, value_of(properties, "unique_id"), pci_of(properties),
                      target_name(value_of(properties, "gfx_target_version"))};
  }
  std::vector<KfdGpu> gpus;
  gpus.reserve(by_node.size());
  for (auto& [node, gpu] : by_node) gpus.push_back(std::move(gpu));
  return gpus;
}

std::vector<GpuProcess> read_kfd_processes(const std::string& root, std::uint64_t gpu_id) {
  const std::string directory = root + "/sys/class/kfd/kfd/proc";
  std::vector<GpuProcess> processes;
  for (const std::string& name : sysfs::sorted_names(directory)) {
    const auto pid = sysfs::number(name);
    if (!pid || *pid > 0x7FFFFFFF) continue;
    const auto bytes =
        sysfs::number(sysfs::field(fmt::format("{}/{}/vram_{}", directory, name, gpu_id)));
    if (bytes.value_or(0) > 0) processes.push_back({static_cast<int>(*pid), bytes});
  }
  return processes;
}

}  // namespace ollama_gpu
