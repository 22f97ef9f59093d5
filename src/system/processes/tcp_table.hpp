// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/ollama/activity.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/result.hpp"
#include "system/processes/resolver.hpp"

namespace ollama_gpu {

struct TcpSocket {
  std::uint64_t inode = 0;  // 0: a connection that was not accepted yet
  unsigned uid = 0;
  std::uint64_t cgroup_id = 0;  // of the control group that made it; 0: unknown
};

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

// A listening socket, and the address (numeric) at which a client reaches it.
struct ReachedSocket {
  TcpSocket socket;
  std::string address = {};
};

// The listening sockets that would take a connection to `endpoint`, by the kernel's preference: the
// very address, then the wildcard of its family, then [::] for IPv4.
Result<std::vector<ReachedSocket>> listening_sockets(const SocketSource& source, Resolver& resolver,
                                                     const Endpoint& endpoint);

// The connections open to the server at `endpoint`. Errc::failed where the kernel does not tell.
Result<std::vector<ClientConnection>> client_connections(Resolver& resolver,
                                                         const Endpoint& endpoint);

}  // namespace ollama_gpu
