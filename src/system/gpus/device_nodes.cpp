// SPDX-License-Identifier: MIT
#include "system/gpus/device_nodes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "system/files/file_io.hpp"
#include "system/files/sysfs.hpp"

namespace ollama_gpu {
namespace {

std::string trouble_with(const std::string& root, const std::string& node) {
  if (access((root + node).c_str(), R_OK | W_OK) == 0) return {};
  if (errno == ENOENT) return "there is no " + node;
  return fmt::format("{} cannot be opened by this user: {}", node, std::strerror(errno));
}

// The module has registered its device, so that the file is to come; where it has not, CUDA loads
// it.
bool has_uvm(const std::string& root) {
  std::istringstream lines(read_small_file(root + "/proc/devices").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(" nvidia-uvm")) return true;
  }
  return false;
}

std::string render_node(const Gpu& gpu, const std::string& root) {
  const std::string directory = root + "/sys/bus/pci/devices/" + gpu.pci + "/drm";
  for (const std::string& name : sysfs::sorted_names(directory)) {
    if (name.starts_with("renderD")) return "/dev/dri/" + name;
  }
  return {};
}

}  // namespace

std::string missing_device_node(const Gpu& gpu, const std::string& root) {
  if (gpu.vendor == Vendor::nvidia) {
    return has_uvm(root) ? trouble_with(root, "/dev/nvidia-uvm") : std::string();
  }
  if (gpu.vendor != Vendor::amd) return {};
  const bool computes = gpu.index.has_value();  // ROCm's, by /dev/kfd
  std::string trouble = computes ? trouble_with(root, "/dev/kfd") : std::string();
  const std::string node = render_node(gpu, root);
  if (trouble.empty() && !node.empty()) trouble = trouble_with(root, node);
  return trouble;
}

}  // namespace ollama_gpu
