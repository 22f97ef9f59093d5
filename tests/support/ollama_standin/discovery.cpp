// SPDX-License-Identifier: MIT
#include "ollama_standin/discovery.hpp"

#include <sys/sysinfo.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "common/config_lines.hpp"
#include "ollama_standin/go_text.hpp"

namespace ollama_standin {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// What one entry of CUDA_VISIBLE_DEVICES means: a number, or the unique beginning of a UUID.
std::optional<standin::Gpu> find_entry(const std::string& entry,
                                       const std::vector<standin::Gpu>& gpus) {
  if (entry.starts_with("GPU-") || entry.starts_with("MIG-")) {
    std::optional<standin::Gpu> match;
    for (const auto& gpu : gpus) {
      const bool is_slice = std::any_of(gpu.mig_uuids.begin(), gpu.mig_uuids.end(),
                                        [&](const auto& uuid) { return uuid.starts_with(entry); });
      if (!gpu.uuid.starts_with(entry) && !is_slice) continue;
      if (match) return std::nullopt;
      match = gpu;
      if (!is_slice) continue;
      match->total /= gpu.mig_uuids.size();
      match->used /= gpu.mig_uuids.size();
    }
    return match;
  }
  const auto index = parse_uint(entry);
  if (!index || *index >= gpus.size()) return std::nullopt;
  return gpus[*index];
}

std::vector<standin::Gpu> in_cuda_order(std::vector<standin::Gpu> gpus) {
  if (environment("CUDA_DEVICE_ORDER") == "PCI_BUS_ID") {
    std::stable_sort(gpus.begin(), gpus.end(), [](const auto& a, const auto& b) {
      return to_lower(a.pci) < to_lower(b.pci);
    });
  } else {
    std::stable_sort(gpus.begin(), gpus.end(),
                     [](const auto& a, const auto& b) { return a.speed > b.speed; });
  }
  return gpus;
}

std::vector<Device> vulkan_devices(const std::vector<standin::Gpu>& gpus,
                                   const std::vector<Device>& found) {
  const std::string chosen = variable("GGML_VK_VISIBLE_DEVICES");
  const auto entries = standin::split(chosen, ',');
  std::vector<Device> devices;
  std::size_t position = 0;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const std::string id = std::to_string(i);
    const bool shown =
        chosen.empty() || std::find(entries.begin(), entries.end(), id) != entries.end();
    if (!shown) continue;
    const std::size_t here = position++;
    const bool duplicate = std::any_of(found.begin(), found.end(), [&](const Device& device) {
      return device.gpu.pci == gpus[i].pci;
    });
    if (!duplicate) devices.push_back({gpus[i], true, here, id, 0});
  }
  return devices;
}

std::string short_pci(const std::string& pci) {
  const auto colon = pci.find(':');
  const std::string domain = pci.substr(0, colon);
  const std::string tail = domain.size() > 4 ? pci.substr(domain.size() - 4) : pci;
  return to_lower(tail);
}

std::string capability(const Device& device) {
  if (device.vulkan) return "0.0";
  return std::to_string(device.gpu.compute_major) + "." + std::to_string(device.gpu.compute_minor);
}

std::string device_id(const Device& device, const Version& version) {
  if (version.has_llama_server()) return std::to_string(device.position);
  if (!device.vulkan) return device.gpu.uuid;
  return "00000000-0" + std::to_string(device.position) + "00-0000-0000-000000000000";
}

void log_device(const Log& log, const Version& version, const Device& device,
                const std::string& driver) {
  const std::string total = human_bytes(device.gpu.total);
  const std::string available = human_bytes(device.free);
  if (!version.has_runner()) {
    Attributes line{{"id", device.gpu.uuid}, {"library", "cuda"}};
    if (version >= Version{0, 3, 0}) line.emplace_back("variant", "v12");
    line.insert(line.end(), {{"compute", capability(device)},
                             {"driver", driver},
                             {"name", device.gpu.name},
                             {"total", total},
                             {"available", available}});
    log.info("types.go:130", "inference compute", line);
    return;
  }
  Attributes line{{"id", device_id(device, version)}};
  if (version.has_llama_server()) {
    line.emplace_back("filter_id", device.filter_id);
  } else if (version.logs_filter_id()) {
    line.emplace_back("filter_id", "");
  }
  const std::string backend = version.has_llama_server() ? "cuda_v13" : "cuda_v12";
  const std::string library = device.vulkan ? "Vulkan" : "CUDA";
  line.insert(line.end(), {{"library", library},
                           {"compute", capability(device)},
                           {"name", library + std::to_string(device.position)},
                           {"description", device.gpu.name},
                           {"libdirs", "ollama," + (device.vulkan ? "vulkan" : backend)},
                           {"driver", device.vulkan ? "0.0" : driver},
                           {"pci_id", short_pci(device.gpu.pci)},
                           {"type", "discrete"},
                           {"total", total},
                           {"available", available}});
  log.info(version.has_llama_server() ? "types.go:32" : "types.go:42", "inference compute", line);
}

void log_processor(const Log& log, const Version& version) {
  struct sysinfo system {};
  ::sysinfo(&system);
  const std::string total = human_bytes(std::uint64_t{system.totalram} * system.mem_unit);
  const std::string available =
      human_bytes((std::uint64_t{system.freeram} + system.bufferram) * system.mem_unit);
  Attributes line{{"id", "cpu"}, {"library", "cpu"}};
  if (version.has_runner()) {
    line.insert(line.end(), {{"compute", ""}, {"name", "cpu"}, {"description", "cpu"}});
    line.insert(line.end(), {{"libdirs", "ollama"}, {"driver", ""}, {"pci_id", ""}, {"type", ""}});
  } else {
    line[0].second = "0";
    line.insert(line.end(),
                {{"variant", "avx2"}, {"compute", ""}, {"driver", "0.0"}, {"name", ""}});
  }
  line.insert(line.end(), {{"total", total}, {"available", available}});
  log.info("types.go:60", "inference compute", line);
}

std::uint64_t total_memory(const std::vector<Device>& devices, const Settings& settings) {
  std::uint64_t total = 0;
  for (const auto& device : devices) {
    total += device.gpu.total - std::min(device.gpu.total, settings.gpu_overhead);
  }
  return total;
}

void log_default_context(const Log& log, const Version& version, const Settings& settings,
                         const std::vector<Device>& devices) {
  constexpr std::uint64_t kGiB = 1ULL << 30U;
  const std::uint64_t total = total_memory(devices, settings);
  if (version.logs_default_context()) {
    log.info("routes.go:2058", "vram-based default context",
             {{"total_vram", human_bytes(total)},
              {"default_num_ctx", std::to_string(default_context(devices, settings))}});
  } else if (version >= Version{0, 12, 0} && total < 20 * kGiB) {
    log.info("routes.go:1400", "entering low vram mode",
             {{"total vram", human_bytes(total)}, {"threshold", "20.0 GiB"}});
  }
}

}  // namespace

std::vector<Device> cuda_devices(const std::vector<standin::Gpu>& all) {
  const std::vector<standin::Gpu> gpus = in_cuda_order(all);
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  std::vector<Device> devices;
  if (!visible) {
    for (const auto& gpu : gpus) {
      const std::size_t position = devices.size();
      devices.push_back({gpu, false, position, std::to_string(position), 0});
    }
    return devices;
  }
  for (const auto& entry : standin::split(visible, ',')) {
    const auto gpu = find_entry(entry, gpus);
    const bool again =
        gpu && std::any_of(devices.begin(), devices.end(),
                           [&](const Device& device) { return device.gpu.uuid == gpu->uuid; });
    if (again) devices.clear();  // CUDA takes a list that names a GPU twice for no list at all
    if (!gpu || again) break;    // and nothing from the first entry that it does not know
    devices.push_back({*gpu, false, devices.size(), entry, 0});
  }
  return devices;
}

std::vector<Device> discover(const Script& script, const Settings& settings) {
  const standin::GpuFile file = standin::read_gpu_file();
  if (script.misbehaves("cpu") || !file.init_error.empty()) return {};
  std::vector<standin::Gpu> usable;
  for (const auto& gpu : file.gpus) {
    if (gpu.error.empty()) usable.push_back(gpu);
  }
  std::vector<Device> devices = cuda_devices(usable);
  const bool vulkan = settings.vulkan && script.version >= Version{0, 12, 6};
  if (vulkan || script.misbehaves("vulkan-ghost")) {
    const auto hidden = vulkan_devices(usable, devices);
    devices.insert(devices.end(), hidden.begin(), hidden.end());
  }
  if (script.misbehaves("ignore-gpu")) {
    const auto index = parse_uint(script.argument).value_or(file.gpus.size());
    std::erase_if(devices, [&](const Device& device) {
      return index < file.gpus.size() && device.gpu.uuid == file.gpus[index].uuid;
    });
  }
  const auto holdings =
      standin::read_holdings(script.memory_dir.empty() ? file.memory_dir : script.memory_dir);
  for (auto& device : devices) {
    device.free =
        device.gpu.total - device.gpu.reserved - standin::used_memory(device.gpu, holdings);
  }
  return devices;
}

void log_overrides(const Log& log, const Version& version) {
  if (!version.has_runner()) return;
  bool any = false;
  for (const char* name :
       {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
        "GGML_VK_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "HSA_OVERRIDE_GFX_VERSION"}) {
    const std::string value = variable(name);
    if (value.empty()) continue;
    any = true;
    log.warn("runner.go:485", "user overrode visible devices", {{name, value}});
  }
  if (any) log.warn("runner.go:489", "if GPUs are not correctly discovered, unset and try again");
}

std::uint64_t default_context(const std::vector<Device>& devices, const Settings& settings) {
  constexpr std::uint64_t kGiB = 1ULL << 30U;
  const std::uint64_t total = total_memory(devices, settings);
  return total >= 47 * kGiB ? 262144 : total >= 23 * kGiB ? 32768 : 4096;
}

void log_devices(const Log& log, const Version& version, const Settings& settings,
                 const std::vector<Device>& devices) {
  const std::string driver = standin::read_gpu_file().cuda;
  std::vector<Device> sorted = devices;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Device& a, const Device& b) { return a.free > b.free; });
  for (const auto& device : sorted) log_device(log, version, device, driver);
  if (sorted.empty()) log_processor(log, version);
  log_default_context(log, version, settings, devices);
}

}  // namespace ollama_standin
