// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/gpus/detected_gpus.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "system/files/file_io.hpp"
#include "system/files/sysfs.hpp"
#include "system/gpus/device_nodes.hpp"
#include "system/gpus/nvidia_trouble.hpp"

namespace ollama_gpu {
namespace {

// A lost GPU tells NVML nothing: the kernel remembers which one it was, where only one answer is
// possible.
void name_lost_gpus(std::vector<Gpu>& gpus, const std::vector<Gpu>& by_kernel) {
  std::vector<const Gpu*> unclaimed;
  for (const Gpu& known : by_kernel) {
    const auto claimed = std::ranges::find(gpus, known.pci, &Gpu::pci);
    if (claimed == gpus.end()) unclaimed.push_back(&known);
  }
  std::vector<Gpu*> nameless;
  for (Gpu& gpu : gpus) {
    if (gpu.pci.empty()) nameless.push_back(&gpu);
  }
  if (nameless.size() != unclaimed.size()) return;
  // Both are in the order of their PCI addresses.
  for (std::size_t i = 0; i < nameless.size(); ++i) {
    nameless[i]->pci = unclaimed[i]->pci;
    nameless[i]->uuid = unclaimed[i]->uuid;
    nameless[i]->name = unclaimed[i]->name;
  }
}

// A GPU that fell off the bus answers with ones to whatever is asked.
bool is_on_the_bus(const std::string& root, const Gpu& gpu) {
  const UniqueFd config =
      open_at(AT_FDCWD, (root + "/sys/bus/pci/devices/" + gpu.pci + "/config").c_str(), O_RDONLY);
  std::array<unsigned char, 2> vendor{};
  return config && pread(config.get(), vendor.data(), vendor.size(), 0) == 2 &&
         (vendor[0] != 0xff || vendor[1] != 0xff);
}

// Below capabilities/gpuN/mig are the instances (MIG user guide,
// "/proc/driver/nvidia/capabilities").
bool has_mig_instances(const std::string& root) {
  const std::string capabilities = root + "/proc/driver/nvidia/capabilities";
  return std::ranges::any_of(sysfs::sorted_names(capabilities), [&](const std::string& name) {
    const auto instances = sysfs::sorted_names(child_path(capabilities, name) + "/mig");
    return name.starts_with("gpu") && !instances.empty();
  });
}

// In a container /proc may show the GPUs of the whole machine: those given have a device file.
std::size_t device_files(const std::string& root) {
  const auto names = sysfs::sorted_names(root + "/dev");
  return static_cast<std::size_t>(std::ranges::count_if(names, [](const std::string& name) {
    return name.starts_with("nvidia") && name.size() > 6 &&
           name.find_first_not_of("0123456789", 6) == std::string::npos;
  }));
}

// The kernel alone can tell which NVIDIA GPUs there are, and all are as they should be.
bool tells_enough(const std::string& root, const std::vector<Gpu>& gpus) {
  return !gpus.empty() && device_files(root) == gpus.size() && !has_mig_instances(root) &&
         std::ranges::all_of(
             gpus, [&](const Gpu& gpu) { return !gpu.uuid.empty() && is_on_the_bus(root, gpu); });
}

}  // namespace

Inventory DetectedGpus::identify() const {
  if (known_) return *known_;
  Inventory found = proc_.list();
  if (!tells_enough(root_, found.gpus)) return list();
  Inventory others = drm_.list();
  if (!others.gpus.empty()) found.source += ", " + others.source;
  std::ranges::move(others.gpus, std::back_inserter(found.gpus));
  found.names_only = true;
  return found;
}

Inventory DetectedGpus::list() const {
  known_ = look();
  return *known_;
}

Inventory DetectedGpus::look() const {
  Inventory found = nvml_.list();
  const bool by_nvml = !found.gpus.empty();
  const bool complete =
      std::ranges::none_of(found.gpus, [](const Gpu& gpu) { return gpu.pci.empty(); });
  if (by_nvml && !complete) name_lost_gpus(found.gpus, proc_.list().gpus);
  if (!by_nvml) {
    Inventory by_kernel = proc_.list();
    if (found.problem.empty() && !by_kernel.gpus.empty()) {
      found.fault = GpuFault::no_devices;
      found.problem =
          "the kernel has NVIDIA GPUs, but NVML shows none of them here: this container was given "
          "none";
    }
    found.gpus = std::move(by_kernel.gpus);
    found.source = by_kernel.source;
  }
  Inventory others = drm_.list();
  if (!others.gpus.empty()) {
    found.source = found.gpus.empty() ? others.source : found.source + ", " + others.source;
    std::ranges::move(others.gpus, std::back_inserter(found.gpus));
  }
  if (!by_nvml && !found.problem.empty()) explain_missing_nvml(found, root_);
  return found;
}

std::string DetectedGpus::obstacle(const Gpu& gpu) const { return missing_device_node(gpu, root_); }

}  // namespace ollama_gpu
