// SPDX-License-Identifier: MIT
#pragma once

#include <systemd/sd-bus.h>

namespace ollama_gpu::bus {

// The connection, or systemd's place on the bus, was gone before the reply.
bool is_lost(const sd_bus_error& error);
// Reload refused because there were too many (systemd 253 and later).
bool is_rate_limited(const sd_bus_error& error);

}  // namespace ollama_gpu::bus
