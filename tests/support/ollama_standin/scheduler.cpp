// SPDX-License-Identifier: MIT
#include "ollama_standin/scheduler.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "ollama_standin/go_text.hpp"

namespace ollama_standin {

namespace {

bool is_cache_type(const std::string& type, const Version& version) {
  constexpr std::array kTypes{"",     "f16",  "q8_0",   "q4_0", "f32",
                              "bf16", "q4_1", "iq4_nl", "q5_0", "q5_1"};
  return !version.has_llama_server() ||
         std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::uint64_t free_on(const std::vector<Device>& group) {
  return std::accumulate(group.begin(), group.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Device& device) { return sum + device.free; });
}

// Only devices of one library work together: the one with the most memory.
std::vector<Device> best_group(const std::vector<Device>& devices) {
  std::vector<Device> cuda;
  std::vector<Device> vulkan;
  for (const auto& device : devices) (device.vulkan ? vulkan : cuda).push_back(device);
  return free_on(vulkan) > free_on(cuda) ? vulkan : cuda;
}

}  // namespace

std::vector<std::uint64_t> shares_of(std::uint64_t size, const std::vector<Device>& devices,
                                     bool spread, bool uneven) {
  std::vector<std::uint64_t> shares(devices.size(), 0);
  if (devices.empty()) return shares;
  const auto emptiest = std::max_element(devices.begin(), devices.end(),
                                         [](auto& a, auto& b) { return a.free < b.free; });
  if (!spread && size / 10 <= emptiest->free / 100 * 8) {
    shares[static_cast<std::size_t>(emptiest - devices.begin())] = size;
    return shares;
  }
  const std::uint64_t first = uneven && devices.size() > 1 ? size / 20 * 17 : 0;
  const std::uint64_t others = devices.size() - (first > 0 ? 1 : 0);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const bool is_first = i == 0 && first > 0;
    const bool is_last = i + 1 == shares.size();
    const std::uint64_t even = (size - first) / others;
    const std::uint64_t rest = is_last ? (size - first) % others : 0;
    shares[i] = std::min(is_first ? first : even + rest, devices[i].free);
  }
  return shares;
}

const Model* Scheduler::find(const std::string& name) const {
  const std::string full = name.find(':') == std::string::npos ? name + ":latest" : name;
  for (const auto& model : script_.models) {
    if (model.name == full) return &model;
  }
  return nullptr;
}

bool Scheduler::is_loaded(const Model& model) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(loaded_.begin(), loaded_.end(),
                     [&](const LoadedModel& entry) { return entry.model.name == model.name; });
}

std::string Scheduler::memory_dir() const {
  return script_.memory_dir.empty() ? standin::read_gpu_file().memory_dir : script_.memory_dir;
}

Scheduler::Entry Scheduler::entry_of(const Model& model) {
  return std::find_if(loaded_.begin(), loaded_.end(),
                      [&](const LoadedModel& entry) { return entry.model.name == model.name; });
}

void Scheduler::record() const {
  std::vector<standin::Holding> all;
  for (const auto& entry : loaded_) {
    all.insert(all.end(), entry.holdings.begin(), entry.holdings.end());
  }
  if (!standin::write_holdings(memory_dir(), ::getpid(), all)) {
    log_.warn("stand-in", "cannot record GPU memory", {{"directory", memory_dir()}});
  }
}

// Before 0.30 by their number alone; then also where what it takes is more than 80 % of what is
// free.
void Scheduler::make_room(std::uint64_t size) {
  while (!loaded_.empty()) {
    const auto devices = best_group(discover(script_, settings_));
    const std::uint64_t limit = settings_.max_loaded_models > 0
                                    ? settings_.max_loaded_models
                                    : 3 * std::max<std::size_t>(devices.size(), 1);
    const bool fits =
        devices.empty() || !script_.version.has_llama_server() || size / 8 <= free_on(devices) / 10;
    if (loaded_.size() < limit && fits) return;
    auto victim = loaded_.end();
    for (auto entry = loaded_.begin(); entry != loaded_.end(); ++entry) {
      if (entry->in_use > 0) continue;
      if (victim == loaded_.end() || entry->expires_at < victim->expires_at) victim = entry;
    }
    if (victim == loaded_.end()) return;
    loaded_.erase(victim);
    record();
  }
}

void Scheduler::place(LoadedModel& entry, const std::vector<Device>& devices) {
  const auto shares =
      shares_of(entry.size, devices, settings_.sched_spread, script_.misbehaves("uneven"));
  std::string visible;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (shares[i] == 0) continue;
    visible += (visible.empty() ? "" : ",") + devices[i].filter_id;
    log_.info("sched.go:620", "gpu memory",
              {{"id", script_.version.has_llama_server() ? std::to_string(devices[i].position)
                                                         : devices[i].gpu.uuid},
               {"library", devices[i].vulkan ? "Vulkan" : "CUDA"},
               {"available", human_bytes(devices[i].free)}});
    entry.holdings.push_back({0, devices[i].gpu.uuid, shares[i]});
    entry.on_gpus += shares[i];
  }
  entry.holder =
      std::make_unique<Holder>(script_.version, entry.model.name, visible.empty() ? "-1" : visible);
  for (auto& holding : entry.holdings) holding.pid = entry.holder->pid();
}

void Scheduler::load(LoadedModel& entry) {
  const auto devices = discover(script_, settings_);
  entry.context =
      settings_.context_length > 0 ? settings_.context_length : default_context(devices, settings_);
  const Model& model = entry.model;
  entry.context = std::min(entry.context, model.trained_context);
  entry.size = model.size + 2 * model.layers * model.kv_heads * model.head_size * entry.context *
                                std::max<std::uint64_t>(settings_.num_parallel, 1) * 2;
  make_room(entry.size);
  place(entry, best_group(discover(script_, settings_)));
}

// What ends llama-server before it has loaded anything.
std::string Scheduler::refusal(const Model& model) const {
  const std::string ended = "llama-server process has terminated: exit status 1: ";
  if (!is_cache_type(settings_.kv_cache_type, script_.version)) {
    return ended + "Unsupported cache type: " + settings_.kv_cache_type;
  }
  if (!settings_.split_by_tensor) return "";
  if (!settings_.flash_attention) {
    return ended + "SPLIT_MODE_TENSOR requires flash_attn to be enabled";
  }
  if (model.architecture != "llama" && settings_.sched_spread) {
    return ended + "LLAMA_SPLIT_MODE_TENSOR not implemented for architecture '" +
           model.architecture + "'";
  }
  return "";
}

std::string Scheduler::acquire(const Model& model, Duration keep_alive) {
  const std::lock_guard lock(mutex_);
  auto entry = entry_of(model);
  if (entry == loaded_.end()) {
    if (std::string why = refusal(model); !why.empty()) return why;
    LoadedModel fresh;
    fresh.model = model;
    load(fresh);
    loaded_.push_back(std::move(fresh));
    entry = std::prev(loaded_.end());
    record();
  }
  ++entry->in_use;
  entry->session = keep_alive;
  entry->expires_at = after(now(), keep_alive);
  return "";
}

void Scheduler::release(const Model& model) {
  const std::lock_guard lock(mutex_);
  const auto entry = entry_of(model);
  if (entry == loaded_.end()) return;
  --entry->in_use;
  entry->expires_at = after(now(), entry->session);
}

void Scheduler::unload(const Model& model) {
  const std::lock_guard lock(mutex_);
  const auto entry = entry_of(model);
  if (entry == loaded_.end()) return;
  // Whoever uses it ends first (server/sched.go, expireRunner).
  entry->session = {};
  entry->expires_at = {};
  if (entry->in_use > 0) return;
  loaded_.erase(entry);
  record();
}

void Scheduler::expire() {
  const std::lock_guard lock(mutex_);
  const auto due = [time = now()](const LoadedModel& entry) {
    return entry.in_use == 0 && entry.expires_at <= time;
  };
  if (loaded_.remove_if(due) > 0) record();
}

void Scheduler::unload_all() {
  const std::lock_guard lock(mutex_);
  if (loaded_.empty()) return;
  loaded_.clear();
  record();
}

std::vector<ModelState> Scheduler::loaded() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelState> states;
  for (const auto& entry : loaded_)
    states.push_back({entry.model, entry.context, entry.size, entry.on_gpus, entry.expires_at});
  std::stable_sort(states.begin(), states.end(), [](const ModelState& a, const ModelState& b) {
    return a.expires_at > b.expires_at;
  });
  return states;
}

}  // namespace ollama_standin
