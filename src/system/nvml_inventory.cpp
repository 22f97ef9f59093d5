// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/nvml_inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "nvml_api.hpp"

namespace ollama_gpu {

using nvml::Device;
using nvml::kSuccess;

struct NvmlInventory::State {
  std::string library_name;
  nvml::Api api;
  nvml::Library library;
  bool initialised = false;

  ~State() {
    if (initialised && api.shutdown != nullptr) api.shutdown();
  }
};

namespace {

// Calls an NVML function that fills one value, when the library has it.
template <class Value, class Function, class... More>
std::optional<Value> ask(Function function, Device device, More... more) {
  Value value{};
  if (function == nullptr || function(device, more..., &value) != kSuccess) return std::nullopt;
  return value;
}

template <class Function>
std::string ask_text(Function function, Device device) {
  std::array<char, 256> text{};
  if (function == nullptr || function(device, text.data(), 255U) != kSuccess) return {};
  return text.data();
}

void add_processes(nvml::Return (*function)(Device, unsigned*, nvml::ProcessInfo*), Device device,
                   std::vector<GpuProcess>& processes) {
  if (function == nullptr) return;
  std::vector<nvml::ProcessInfo> found(64);
  auto count = static_cast<unsigned>(found.size());
  nvml::Return result = function(device, &count, found.data());
  for (int attempt = 0; result == nvml::kInsufficientSize && attempt < 4; ++attempt) {
    found.resize(std::min(std::size_t{count}, std::size_t{65536}) + 64);
    count = static_cast<unsigned>(found.size());
    result = function(device, &count, found.data());
  }
  if (result != kSuccess) return;
  found.resize(std::min(std::size_t{count}, found.size()));
  for (const nvml::ProcessInfo& process : found) {
    const int pid = static_cast<int>(process.pid);
    const auto same = [pid](const GpuProcess& other) { return other.pid == pid; };
    // One that computes and draws is listed twice, with the same figure.
    if (std::any_of(processes.begin(), processes.end(), same)) continue;
    GpuProcess& added = processes.emplace_back();
    added.pid = pid;
    if (process.used_memory != nvml::kNotAvailable) added.memory = process.used_memory;
  }
}

void add_mig(const nvml::Api& api, Device device, Gpu& gpu) {
  unsigned current = 0;
  unsigned pending = 0;
  if (api.mig_mode == nullptr || api.mig_mode(device, &current, &pending) != kSuccess) return;
  gpu.mig_enabled = current == 1;
  if (!gpu.mig_enabled || api.mig_by_index == nullptr) return;
  const unsigned slots = std::min(ask<unsigned>(api.mig_count, device).value_or(0), 64U);
  for (unsigned slot = 0; slot < slots; ++slot) {
    const auto instance = ask<Device>(api.mig_by_index, device, slot);
    if (!instance) continue;
    MigDevice& mig = gpu.mig.emplace_back();
    mig.uuid = ask_text(api.uuid, *instance);
    mig.name = ask_text(api.name, *instance);
    if (const auto memory = ask<nvml::Memory>(api.memory_info, *instance)) {
      mig.memory_total = memory->total;
      mig.memory_used = memory->used;
    }
    add_processes(api.compute_processes, *instance, gpu.processes);
  }
}

void add_figures(const nvml::Api& api, Device device, Gpu& gpu) {
  // Version 1 counts what the driver keeps for itself as used: total - used can be allocated.
  if (const auto memory = ask<nvml::Memory>(api.memory_info, device)) {
    gpu.memory_total = memory->total;
    gpu.memory_used = memory->used;
  }
  if (const auto rates = ask<nvml::Utilization>(api.utilization, device)) {
    gpu.utilization = rates->gpu;
  }
  constexpr int kCoreSensor = 0;
  gpu.temperature = ask<unsigned>(api.temperature, device, kCoreSensor);
  gpu.power = ask<unsigned>(api.power_usage, device);
  if (const auto active = ask<int>(api.display_active, device)) gpu.display_active = *active != 0;
  int major = 0;
  int minor = 0;
  if (api.compute_capability != nullptr &&
      api.compute_capability(device, &major, &minor) == kSuccess) {
    gpu.compute_capability = fmt::format("{}.{}", major, minor);
  }
}

Gpu describe(const nvml::Api& api, unsigned index) {
  Gpu gpu;
  gpu.index = index;
  Device device = nullptr;
  if (const nvml::Return result = api.device_by_index(index, &device); result != kSuccess) {
    gpu.problem = api.error_text(result);
    return gpu;
  }
  gpu.uuid = ask_text(api.uuid, device);
  gpu.name = ask_text(api.name, device);
  if (const auto pci = ask<nvml::PciInfo>(api.pci_info, device)) {
    gpu.pci = fmt::format("{:04x}:{:02x}:{:02x}.0", pci->domain, pci->bus, pci->device);
  }
  nvml::Memory memory{};
  if (api.memory_info != nullptr) {
    const nvml::Return result = api.memory_info(device, &memory);
    if (result == nvml::kGpuIsLost) {
      gpu.problem = api.error_text(result);
      return gpu;
    }
  }
  add_figures(api, device, gpu);
  add_processes(api.compute_processes, device, gpu.processes);
  add_processes(api.graphics_processes, device, gpu.processes);
  add_mig(api, device, gpu);
  return gpu;
}

// A process without a sample did nothing. In MIG mode the driver does not tell.
void add_use(const nvml::Api& api, Device device, std::vector<GpuProcess>& processes) {
  constexpr std::chrono::milliseconds kWindow(1500);  // the driver takes a sample every second
  const auto since = std::chrono::system_clock::now().time_since_epoch() - kWindow;
  const auto last_seen = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  std::array<nvml::ProcessSample, 512> samples{};
  auto count = static_cast<unsigned>(samples.size());
  const nvml::Return result = api.process_utilization(device, samples.data(), &count,
                                                      static_cast<unsigned long long>(last_seen));
  if (result != kSuccess && result != nvml::kNotFound) return;
  if (result == nvml::kNotFound) count = 0;
  for (GpuProcess& process : processes) process.utilization = 0;
  for (std::size_t i = 0; i < std::min(std::size_t{count}, samples.size()); ++i) {
    for (GpuProcess& process : processes) {
      if (process.pid != static_cast<int>(samples[i].pid)) continue;
      process.utilization = std::max(*process.utilization, samples[i].sm);
    }
  }
}

}  // namespace

void NvmlInventory::measure_use(Inventory& listed) const {
  const nvml::Api& api = state_->api;
  if (!state_->initialised || api.process_utilization == nullptr) return;
  for (Gpu& gpu : listed.gpus) {
    Device device = nullptr;
    const bool known = gpu.vendor == Vendor::nvidia && gpu.index && !gpu.mig_enabled;
    if (!known || gpu.processes.empty()) continue;
    if (api.device_by_index(*gpu.index, &device) != kSuccess) continue;
    add_use(api, device, gpu.processes);
  }
}

NvmlInventory::NvmlInventory(std::string library) : state_(std::make_unique<State>()) {
  state_->library_name = std::move(library);
}

NvmlInventory::~NvmlInventory() = default;

Inventory NvmlInventory::list() const {
  Inventory inventory;
  inventory.source = "none";
  if (!state_->library) {
    auto library = nvml::load(state_->library_name, state_->api);
    if (!library) {
      inventory.problem = library.error().message;
      return inventory;
    }
    state_->library = std::move(*library);
  }
  const nvml::Api& api = state_->api;
  if (!state_->initialised) {
    // Takes about 20 ms on real hardware: kept for the next list().
    const nvml::Return result = api.init();
    if (result != kSuccess) {
      inventory.problem = "NVML: " + api.error_text(result);
      return inventory;
    }
    state_->initialised = true;
  }
  unsigned count = 0;
  if (const nvml::Return result = api.device_count(&count); result != kSuccess) {
    inventory.problem = "NVML: " + api.error_text(result);
    return inventory;
  }
  inventory.source = "NVML";
  std::array<char, 96> driver{};
  if (api.driver_version != nullptr) api.driver_version(driver.data(), 95U);
  for (unsigned index = 0; index < std::min(count, 1024U); ++index) {
    inventory.gpus.push_back(describe(api, index));
    inventory.gpus.back().driver = driver.data();
  }
  return inventory;
}

}  // namespace ollama_gpu
