// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ollama_gpu/core/ollama/activity.hpp"
#include "system/processes/tcp_table.hpp"

namespace ollama_gpu {

// The listening sockets on a port, from the kernel's sock_diag(7); nothing where it has none of
// that. Much quicker than /proc/net/tcp, which also walks the table of all connections: 0.05 ms
// against 2 ms on a machine with 24 GiB.
// Each with the control group that made it, from Linux 5.7 on.
std::optional<std::vector<ListeningSocket>> diagnosed_sockets(std::uint16_t port);

struct ServedConnection {
  IpAddress address{};  // our end
  ClientConnection counts;
};

// The established connections whose own end has this port, with what went through them.
std::optional<std::vector<ServedConnection>> diagnosed_connections(std::uint16_t port);

// The other end of a connected socket, where it is one of this network namespace: an empty socket
// while it is not there (yet).
std::optional<TcpSocket> diagnosed_other_end(int fd);

}  // namespace ollama_gpu
