// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/gpus/nvml_inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "system/gpus/nvml_api.hpp"

namespace ollama_gpu {

using nvml::Device;
using nvml::kSuccess;

// The library loaded, and whether it is initialised.
struct NvmlInventory::Session {
  nvml::Api api;
  nvml::Library library;
  bool initialised = false;

  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { shut_down(); }
  void shut_down() {
    if (initialised && api.shutdown != nullptr) api.shutdown();
    initialised = false;
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

// Bytes, and how the question was answered.
struct MemoryAnswer {
  nvml::Return result = kSuccess;
  std::optional<std::uint64_t> total = {};
  std::optional<std::uint64_t> used = {};
  std::optional<std::uint64_t> reserved = {};
};

// Version 2 where library and driver have it. Version 1 counts what the driver keeps for itself as
// used.
MemoryAnswer ask_memory(const nvml::Api& api, Device device) {
  MemoryAnswer answer;
  if (api.memory_info_v2 != nullptr) {
    nvml::MemoryV2 memory{};
    memory.version = nvml::kMemoryV2;
    answer.result = api.memory_info_v2(device, &memory);
    if (answer.result == kSuccess) return {kSuccess, memory.total, memory.used, memory.reserved};
    if (answer.result == nvml::kGpuIsLost) return answer;
  }
  if (api.memory_info == nullptr) return answer;
  nvml::Memory memory{};
  answer.result = api.memory_info(device, &memory);
  if (answer.result == kSuccess) return {kSuccess, memory.total, memory.used, std::nullopt};
  return answer;
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
    // One that computes and draws is listed twice, with the same figure; one of a MIG instance
    // also for the whole GPU, without a figure.
    auto known = std::ranges::find(processes, pid, &GpuProcess::pid);
    if (known == processes.end()) known = processes.insert(known, GpuProcess{pid});
    const bool told = process.used_memory != nvml::kNotAvailable;
    if (told && !known->memory) known->memory = process.used_memory;
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
    const MemoryAnswer memory = ask_memory(api, *instance);
    mig.memory_total = memory.total;
    mig.memory_used = memory.used;
    mig.memory_reserved = memory.reserved;
    add_processes(api.compute_processes, *instance, gpu.processes);
  }
}

void add_figures(const nvml::Api& api, Device device, Gpu& gpu) {
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

void set_fault(const nvml::Api& api, nvml::Return result, Gpu& gpu) {
  gpu.fault = nvml::fault_of(result);
  gpu.problem = api.error_text(result);
}

Gpu describe(const nvml::Api& api, unsigned index) {
  Gpu gpu;
  gpu.index = index;
  Device device = nullptr;
  if (const nvml::Return result = api.device_by_index(index, &device); result != kSuccess) {
    set_fault(api, result, gpu);
    return gpu;
  }
  gpu.uuid = ask_text(api.uuid, device);
  gpu.name = ask_text(api.name, device);
  if (const auto pci = ask<nvml::PciInfo>(api.pci_info, device)) {
    gpu.pci = fmt::format("{:04x}:{:02x}:{:02x}.0", pci->domain, pci->bus, pci->device);
  }
  const MemoryAnswer memory = ask_memory(api, device);
  if (memory.result == nvml::kGpuIsLost) {
    set_fault(api, memory.result, gpu);
    return gpu;
  }
  gpu.memory_total = memory.total;
  gpu.memory_used = memory.used;
  gpu.memory_reserved = memory.reserved;
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

// Nothing where the driver does not tell. A GPU without NVLink answers "not supported", one with
// fewer links "invalid argument" behind its last.
std::optional<unsigned> count_links(const nvml::Api& api, Device device) {
  constexpr unsigned kMostLinks = 64;
  unsigned active = 0;
  for (unsigned link = 0; link < kMostLinks; ++link) {
    int state = 0;
    const nvml::Return result = api.nvlink_state(device, link, &state);
    if (result == nvml::kNotSupported || result == nvml::kInvalidArgument) return active;
    if (result != kSuccess) return std::nullopt;
    if (state == 1) ++active;
  }
  return active;
}

}  // namespace

void NvmlInventory::measure_use(Inventory& listed) const {
  if (!session_ || !session_->initialised) return;
  const nvml::Api& api = session_->api;
  if (api.process_utilization == nullptr) return;
  for (Gpu& gpu : listed.gpus) {
    Device device = nullptr;
    const bool known = gpu.vendor == Vendor::nvidia && gpu.index && !gpu.mig_enabled;
    if (!known || gpu.processes.empty()) continue;
    if (api.device_by_index(*gpu.index, &device) != kSuccess) continue;
    add_use(api, device, gpu.processes);
  }
}

void NvmlInventory::measure_links(Inventory& listed) const {
  if (!session_ || !session_->initialised || session_->api.nvlink_state == nullptr) return;
  for (Gpu& gpu : listed.gpus) {
    Device device = nullptr;
    if (gpu.vendor != Vendor::nvidia || !gpu.index) continue;
    if (session_->api.device_by_index(*gpu.index, &device) != kSuccess) continue;
    gpu.nvlinks = count_links(session_->api, device);
  }
}

NvmlInventory::NvmlInventory(std::string library) : library_(std::move(library)) {}

NvmlInventory::~NvmlInventory() = default;

// NVML finds GPUs only when it is initialised.
void NvmlInventory::start_over() {
  if (session_) session_->shut_down();
}

// Loads and initialises the library, once: that takes about 20 ms on real hardware. Null where that
// fails, for the reason in `inventory`.
NvmlInventory::Session* NvmlInventory::start(Inventory& inventory) const {
  if (!session_) {
    auto fresh = std::make_unique<Session>();
    auto library = nvml::load(library_, fresh->api);
    if (!library) {
      inventory.fault = GpuFault::library_missing;
      inventory.problem = library.error().message;
      return nullptr;
    }
    fresh->library = std::move(*library);
    session_ = std::move(fresh);
  }
  if (session_->initialised) return session_.get();
  const nvml::Api& api = session_->api;
  const nvml::Return result = api.init();
  session_->initialised = result == kSuccess;
  if (session_->initialised) return session_.get();
  inventory.fault = nvml::fault_of(result);
  inventory.problem = "NVML: " + api.error_text(result);
  const std::string version = api.library_driver();
  if (inventory.fault == GpuFault::version_mismatch && !version.empty()) {
    inventory.problem += "; the libraries are of " + version;
  }
  return nullptr;
}

Inventory NvmlInventory::list() const {
  Inventory inventory;
  inventory.source = "none";
  const Session* session = start(inventory);
  if (session == nullptr) return inventory;
  const nvml::Api& api = session->api;
  unsigned count = 0;
  if (const nvml::Return result = api.device_count(&count); result != kSuccess) {
    inventory.fault = nvml::fault_of(result);
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
