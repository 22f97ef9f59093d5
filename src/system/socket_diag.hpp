// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tcp_table.hpp"

namespace ollama_gpu {

// The listening sockets on a port, from the kernel's sock_diag(7); nothing where it has none of
// that. Much quicker than /proc/net/tcp, which also walks the table of all connections: 0.05 ms
// against 2 ms on a machine with 24 GiB.
std::optional<std::vector<ListeningSocket>> diagnosed_sockets(std::uint16_t port);

}  // namespace ollama_gpu
