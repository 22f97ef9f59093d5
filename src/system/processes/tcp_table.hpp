// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/ollama/activity.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

struct TcpSocket {
  std::uint64_t inode = 0;
  unsigned uid = 0;
};

// An IPv6 address; IPv4 ones as v4-mapped (::ffff:127.0.0.1).
using IpAddress = std::array<std::uint8_t, 16>;
IpAddress mapped_address(const void* four_bytes);

struct ListeningSocket {
  IpAddress address{};
  std::uint16_t port = 0;
  TcpSocket socket;
};

// Where sockets are looked up: by sock_diag(7) of this network namespace if that is asked and the
// kernel has it, else in PROC/net/tcp and tcp6.
struct SocketSource {
  std::string proc;
  bool ask_kernel = false;
};

// The listening sockets that would take a connection to `endpoint`, by the kernel's preference: the
// very address, then the wildcard of its family, then [::] for IPv4.
Result<std::vector<TcpSocket>> listening_sockets(const SocketSource& source,
                                                 const Endpoint& endpoint);

// The connections open to the server at `endpoint`. Errc::failed where the kernel does not tell.
Result<std::vector<ClientConnection>> client_connections(const Endpoint& endpoint);

}  // namespace ollama_gpu
