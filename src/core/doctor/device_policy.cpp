// SPDX-License-Identifier: MIT
// OG309: DevicePolicy= and DeviceAllow=, device node by device node (systemd.resource-control(5);
// src/core/cgroup.c and src/shared/bpf-devices.c of systemd).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/doctor/facts.hpp"
#include "core/doctor/parts.hpp"
#include "core/systemd/glob.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu {

namespace {

using Names = std::vector<std::string>;

bool is_there(const FileReader& files, const std::string& path) {
  return files.resolve(path).has_value();
}

// The names that /proc/devices has for the character devices that one of `usual` belongs to; the
// usual ones where it has none of them: the driver is not loaded yet.
Names groups_of(const FileReader& files, const Names& usual) {
  const auto text = files.read("/proc/devices");
  if (!text) return usual;
  std::string major;
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string_view line : split_at(*text, '\n')) {
    if (line.starts_with("Block")) break;
    const std::size_t digit = line.find_first_not_of(' ');
    const std::size_t blank = line.find(' ', std::min(digit, line.size()));
    if (blank == std::string_view::npos) continue;
    entries.emplace_back(line.substr(digit, blank - digit), line.substr(blank + 1));
    if (contains(usual, entries.back().second)) major = entries.back().first;
  }
  if (major.empty()) return usual;
  Names names;
  for (const auto& [number, name] : entries) {
    if (number == major) names.push_back(name);
  }
  return names;
}

// /dev/nvidiaN: N is the minor number, which need not be nvidia-smi's index.
std::string nvidia_node(const FileReader& files, const Gpu& gpu) {
  constexpr std::string_view kMinor = "Device Minor:";
  const auto text = files.read("/proc/driver/nvidia/gpus/" + gpu.pci + "/information");
  const std::size_t at = text ? text->find(kMinor) : std::string::npos;
  if (at != std::string::npos) {
    const std::size_t digit = text->find_first_of("0123456789", at);
    const std::size_t end = text->find_first_not_of("0123456789", digit);
    if (digit != std::string::npos) return "/dev/nvidia" + text->substr(digit, end - digit);
  }
  return gpu.index ? fmt::format("/dev/nvidia{}", *gpu.index) : std::string();
}

std::string render_node(const FileReader& files, const Gpu& gpu) {
  const auto entries = files.list("/sys/bus/pci/devices/" + gpu.pci + "/drm");
  for (const DirectoryEntry& entry : entries.value_or(std::vector<DirectoryEntry>())) {
    if (entry.name.starts_with("renderD")) return "/dev/dri/" + entry.name;
  }
  return "/dev/dri/*";
}

void add_nvidia_nodes(const FileReader& files, const std::optional<std::string>& list,
                      const Inventory& inventory, std::vector<DeviceNode>& nodes) {
  const auto visible = visible_devices(list, inventory);
  if (visible.empty()) return;
  const Names groups =
      groups_of(files, {"nvidia", "nvidia-frontend", "nvidiactl", "nvidia-modeset"});
  bool mig = false;
  for (const SelectedDevice& device : visible) {
    mig = mig || device.mig;
    const std::string node = nvidia_node(files, inventory.gpus[device.gpu]);
    if (!node.empty()) nodes.push_back({node, groups});
  }
  nodes.push_back({"/dev/nvidiactl", groups});
  nodes.push_back({"/dev/nvidia-uvm", groups_of(files, {"nvidia-uvm"})});
  if (mig) nodes.push_back({"/dev/nvidia-caps/*", groups_of(files, {"nvidia-caps"})});
}

bool has_permissions(const std::vector<std::string_view>& words) {
  const std::string_view letters = words.size() > 1 ? words.back() : "";
  if (letters.find_first_not_of("rwm") != std::string_view::npos) return false;  // line dropped
  return letters.empty() || (contains(letters, 'r') && contains(letters, 'w'));
}

// One DeviceAllow= line on one node.
bool covers(const std::string& line, const DeviceNode& node) {
  std::vector<std::string_view> words = split_at(line, ' ');
  std::erase_if(words, [](std::string_view word) { return word.empty(); });
  if (words.empty() || !has_permissions(words)) return false;
  const std::string device(words.front());
  if (contains(device, '%')) return true;  // not resolved here
  if (device.starts_with("char-")) {
    return std::ranges::any_of(node.groups, [&](const std::string& group) {
      return matches_pattern(device.substr(5), group);
    });
  }
  if (!node.path.ends_with("/*")) return device == node.path;
  return device.starts_with(node.path.substr(0, node.path.size() - 1));
}

Names missing_nodes(const Examination& exam, const std::vector<ServiceSetting>& allowed) {
  Names missing;
  for (const DeviceNode& node : exam.facts.gpu_nodes) {
    const bool open = std::ranges::any_of(
        allowed, [&](const ServiceSetting& line) { return covers(line.value, node); });
    if (!open && !contains(missing, node.path)) missing.push_back(node.path);
  }
  return missing;
}

std::string lines_for(const Names& missing) {
  Names lines;
  for (const std::string& path : missing) {
    std::string line = "DeviceAllow=char-drm rw";
    if (path.starts_with("/dev/nvidia")) line = "DeviceAllow=char-nvidia* rw";
    if (path == "/dev/kfd") line = "DeviceAllow=char-kfd rw";
    if (path == "/dev/dxg") line = "DeviceAllow=/dev/dxg rw";
    if (!contains(lines, line)) lines.push_back(std::move(line));
  }
  return fmt::format("add {} in a drop-in", fmt::join(lines, " and "));
}

}  // namespace

std::vector<DeviceNode> gpu_nodes(const FileReader& files, const UnitSnapshot& snapshot,
                                  const Inventory& inventory) {
  std::vector<DeviceNode> nodes;
  if (is_there(files, "/dev/dxg")) return {{"/dev/dxg", {"misc"}}};  // WSL
  if (is_there(files, "/dev/nvmap")) return {};                      // Jetson has nodes of its own
  const auto list_of = [&](const std::string& name) {
    const auto found = snapshot.effective.variables.find(name);
    return found == snapshot.effective.variables.end() ? std::nullopt
                                                       : std::optional(found->second.value);
  };
  add_nvidia_nodes(files, list_of("CUDA_VISIBLE_DEVICES"), inventory, nodes);
  const bool nvidia = !nodes.empty();
  const Names drm = groups_of(files, {"drm"});
  for (const SelectedDevice& device :
       visible_amd_devices(list_of("ROCR_VISIBLE_DEVICES"), inventory)) {
    const Gpu& gpu = inventory.gpus[device.gpu];
    if (is_served_by_rocm(gpu)) nodes.push_back({"/dev/kfd", groups_of(files, {"kfd"})});
    nodes.push_back({render_node(files, gpu), drm});
  }
  for (const Gpu& gpu : inventory.gpus) {
    if (gpu.vendor == Vendor::intel && !nvidia) nodes.push_back({render_node(files, gpu), drm});
  }
  return nodes;
}

// auto with a list is closed, auto without one allows everything.
void examine_device_policy(const Examination& exam) {
  const auto policy = service_setting(exam.snapshot, "DevicePolicy");
  const auto allowed = service_settings(exam.snapshot, "DeviceAllow");
  const bool closed = policy && (policy->value == "closed" || policy->value == "strict");
  if (!closed && allowed.empty()) return;
  const Names missing = missing_nodes(exam, allowed);
  if (missing.empty()) return;
  exam.add("OG309",
           fmt::format("{} leaves out {}",
                       closed ? "DevicePolicy=" + policy->value : std::string("DeviceAllow="),
                       fmt::join(missing, ", ")),
           lines_for(missing), closed ? policy->place : allowed.back().place);
}

}  // namespace ollama_gpu
