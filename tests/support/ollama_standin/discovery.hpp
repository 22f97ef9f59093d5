// SPDX-License-Identifier: MIT
// Which GPUs Ollama finds: the CUDA runtime's rules, and Ollama's own on top.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/gpu_file.hpp"
#include "ollama_standin/log.hpp"
#include "ollama_standin/script.hpp"
#include "ollama_standin/settings.hpp"

namespace ollama_standin {

struct Device {
  standin::Gpu gpu;
  bool vulkan = false;
  std::size_t position = 0;  // within its library's enumeration
  std::string filter_id;
  std::uint64_t free = 0;
};

// The GPUs in the order in which CUDA numbers them for a process with this environment.
std::vector<Device> cuda_devices(const std::vector<standin::Gpu>& gpus);

std::vector<Device> discover(const Script& script, const Settings& settings);

// Tokens, by the memory of them all (server/routes.go).
std::uint64_t default_context(const std::vector<Device>& devices, const Settings& settings);

// Everything that Ollama logs about its GPUs at start.
void log_devices(const Log& log, const Version& version, const Settings& settings,
                 const std::vector<Device>& devices);
void log_overrides(const Log& log, const Version& version);

}  // namespace ollama_standin
