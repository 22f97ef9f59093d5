// SPDX-License-Identifier: MIT
#include "system/gpus/nvidia_trouble.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include "ollama_gpu/system/gpus/kernel_inventory.hpp"

namespace ollama_gpu {
namespace {

enum class DeviceFile { usable, missing, denied };

// /dev/nvidiactl: without it no process can use any NVIDIA GPU.
DeviceFile control_device(const std::string& root) {
  const std::string path = root + "/dev/nvidiactl";
  if (access(path.c_str(), R_OK | W_OK) == 0) return DeviceFile::usable;
  return errno == ENOENT || errno == ENOTDIR ? DeviceFile::missing : DeviceFile::denied;
}

std::string gpus_in_words(std::size_t count) {
  return fmt::format("{} NVIDIA GPU{}", count, count == 1 ? "" : "s");
}

// The driver is loaded, as `module` says.
void explain_with_driver(Inventory& found, const std::string& root, const std::string& module) {
  const DeviceFile control = control_device(root);
  if (found.fault == GpuFault::version_mismatch) {
    found.problem += "; the kernel module is of " + module;
  } else if (control == DeviceFile::missing) {
    found.fault = GpuFault::no_devices;
    found.problem = fmt::format(
        "the NVIDIA driver {} runs, but its device files are not here (no /dev/nvidiactl): give "
        "this container the GPUs, or run nvidia-modprobe ({})",
        module, found.problem);
  } else if (control == DeviceFile::denied) {
    found.fault = GpuFault::no_permission;
    found.problem = fmt::format(
        "the NVIDIA driver {} runs, but /dev/nvidiactl may not be used by this user ({})", module,
        found.problem);
  } else if (found.fault == GpuFault::library_missing) {
    found.problem = fmt::format(
        "the NVIDIA driver {} runs, but its library is not here ({}): memory, use and processes "
        "cannot be read",
        module, found.problem);
  }
}

// Hardware that NVIDIA's driver does not have.
void explain_without_driver(Inventory& found, const std::vector<std::string>& drivers) {
  std::set<std::string> names(drivers.begin(), drivers.end());
  names.erase("");
  const std::string owner =
      names.empty() ? "" : fmt::format(" (bound to {})", fmt::join(names, ", "));
  found.fault = GpuFault::driver_not_loaded;
  found.problem = fmt::format("{} on the PCI bus{}, but NVIDIA's driver is not loaded; {}",
                              gpus_in_words(drivers.size()), owner, found.problem);
}

}  // namespace

void explain_missing_nvml(Inventory& found, const std::string& root) {
  const std::string module = ProcNvidiaInventory(root).kernel_module();
  if (!module.empty()) return explain_with_driver(found, root, module);
  const std::vector<std::string> drivers = nvidia_controllers(root);
  if (!drivers.empty()) return explain_without_driver(found, drivers);
  const bool harmless =
      found.fault == GpuFault::library_missing || found.fault == GpuFault::driver_not_loaded;
  const bool nvidia =
      std::ranges::any_of(found.gpus, [](const Gpu& gpu) { return gpu.vendor == Vendor::nvidia; });
  if (harmless && !nvidia && !found.gpus.empty()) {
    found.fault = GpuFault::none;
    found.problem.clear();
  }
}

}  // namespace ollama_gpu
