// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu {

// A client's TCP connection to the server, as the kernel counts it (tcp_info). Bytes.
struct ClientConnection {
  std::uint64_t id = 0;        // the same connection keeps it, and no other has it
  std::uint64_t sent = 0;      // what the client has acknowledged
  std::uint64_t received = 0;  // what came from the client
};

// What is seen of a service at one moment. What could not be seen is empty.
struct Activity {
  double time = 0;                       // seconds, monotonic
  double cpu_time = 0;                   // seconds that its processes have used so far
  std::optional<unsigned> gpu_use = {};  // percent, by its own processes
  std::uint64_t gpu_memory = 0;          // bytes that its processes hold on all GPUs
  std::vector<ClientConnection> clients = {};
};

// What tells that the service was at work between two moments, in words; nothing when it seems
// idle. Ollama itself has no such count. A connection that is only kept open is no work, nor is one
// that is asked and answers at once, as a monitor does.
std::optional<std::string> sign_of_work(const Activity& before, const Activity& now);

// How busy these processes keep the GPUs: by process where the driver tells, else that of a GPU on
// which nobody else is; nothing where neither is known. Percent, of the busiest.
std::optional<unsigned> gpu_use_by(const std::vector<int>& pids, const Inventory& inventory);

}  // namespace ollama_gpu
