// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/activity.hpp"
#include "ollama_gpu/core/contains.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ollama_gpu {

namespace {

constexpr double kBusyCore = 0.05;  // of one core; an idle Ollama that is polled uses under 0.01
constexpr unsigned kBusyGpu = 5;    // percent

// The server sends while the client says nothing: an answer that goes on.
bool is_being_answered(const ClientConnection& before, const ClientConnection& now) {
  return now.sent > before.sent && now.received == before.received;
}

bool answers_somebody(const Activity& before, const Activity& now) {
  return std::ranges::any_of(now.clients, [&](const ClientConnection& client) {
    const auto same = std::ranges::find(before.clients, client.id, &ClientConnection::id);
    return same != before.clients.end() && is_being_answered(*same, client);
  });
}

}  // namespace

std::optional<std::string> sign_of_work(const Activity& before, const Activity& now) {
  const double seconds = now.time - before.time;
  const double used = now.cpu_time - before.cpu_time;
  if (used < 0) return "its processes have changed";
  if (seconds > 0 && used / seconds >= kBusyCore) {
    return fmt::format("its processes use {:.0f}% of a core", 100 * used / seconds);
  }
  if (now.gpu_use.value_or(0) >= kBusyGpu) {
    return fmt::format("it keeps a GPU {}% busy", *now.gpu_use);
  }
  if (now.gpu_memory != before.gpu_memory) return "the memory it holds on the GPUs changes";
  if (answers_somebody(before, now)) return "it is sending an answer to a client";
  return std::nullopt;
}

std::optional<unsigned> gpu_use_by(const std::vector<int>& pids, const Inventory& inventory) {
  std::optional<unsigned> busiest;
  const auto take = [&busiest](std::optional<unsigned> use) {
    if (use && (!busiest || *use > *busiest)) busiest = use;
  };
  for (const Gpu& gpu : inventory.gpus) {
    bool own = false;
    bool foreign = false;
    bool told = false;
    for (const GpuProcess& process : gpu.processes) {
      const bool is_own = contains(pids, process.pid);
      own = own || is_own;
      foreign = foreign || !is_own;
      if (!is_own || !process.utilization) continue;
      told = true;
      take(process.utilization);
    }
    if (own && !foreign && !told) take(gpu.utilization);
  }
  return busiest;
}

}  // namespace ollama_gpu
