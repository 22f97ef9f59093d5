// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/go_values.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

struct TcpSocket {
  std::uint64_t inode = 0;
  unsigned uid = 0;
};

// The listening sockets of PROC/net/tcp and tcp6 that would take a connection to `endpoint`, by
// the kernel's preference: the very address, then the wildcard of its family, then [::] for IPv4.
Result<std::vector<TcpSocket>> listening_sockets(const std::string& proc, const Endpoint& endpoint);

}  // namespace ollama_gpu
