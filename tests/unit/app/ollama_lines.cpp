// SPDX-License-Identifier: MIT
#include "app/ollama_lines.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/ollama/ollama_log.hpp"

namespace ollama_gpu {

std::string compute_line(LogEra era, const Gpu& gpu, std::size_t position, const std::string& token,
                         const std::string& library) {
  const std::string cuda = era == LogEra::oldest ? "cuda" : "CUDA";
  const std::string from = library.empty() ? cuda : library;
  switch (era) {
    case LogEra::oldest:
      return fmt::format(
          R"(level=INFO source=types.go:130 msg="inference compute" id={} library={} variant=v12 compute=8.9 driver=12.1 name="{}" total="44.5 GiB" available="44.1 GiB")",
          gpu.uuid, from, gpu.name);
    case LogEra::middle:
      return fmt::format(
          R"(level=INFO source=types.go:42 msg="inference compute" id={} filter_id="" library={} compute=8.9 name={}{} description="{}" libdirs=ollama,cuda_v12 driver=12.8 pci_id={} type=discrete total="45.0 GiB" available="41.2 GiB")",
          gpu.uuid, from, from, position, gpu.name, gpu.pci);
    case LogEra::latest:
      break;
  }
  return fmt::format(
      R"(level=INFO source=types.go:32 msg="inference compute" id={} filter_id={} library={} compute=8.9 name={}{} description="{}" libdirs=ollama,cuda_v13 driver=13.0 pci_id={} type=discrete total="45.0 GiB" available="41.2 GiB")",
      position, token.empty() ? gpu.uuid : token, from, from, position, gpu.name, gpu.pci);
}

std::vector<std::string> start_lines(const std::map<std::string, std::string>& environment,
                                     const Inventory& inventory) {
  std::string map;
  for (const auto& [name, value] : environment) {
    const auto shown = logged_value(name, value);
    if (!shown) continue;
    map += (map.empty() ? "" : " ") + name + ":" + *shown;
  }
  std::vector<std::string> lines{
      fmt::format(R"(level=INFO source=routes.go:1919 msg="server config" env="map[{}]")", map)};
  const auto value = [&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  const std::size_t before = lines.size();
  const auto add = [&](const std::vector<SelectedDevice>& devices, const std::string& library) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const Gpu& gpu = inventory.gpus[devices[i].gpu];
      lines.push_back(compute_line(LogEra::latest, gpu, i, "", library));
    }
  };
  add(visible_devices(value("CUDA_VISIBLE_DEVICES"), inventory), "");
  add(visible_amd_devices(value("ROCR_VISIBLE_DEVICES"), inventory), "ROCm");
  if (lines.size() == before) lines.push_back(kCpuLine);
  return lines;
}

}  // namespace ollama_gpu
