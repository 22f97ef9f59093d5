// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// Why systemd refuses the service as a whole though each of its lines is right; nothing where it
// does not (src/core/service.c, service_verify).
std::optional<ServiceFault> find_service_fault(const UnitSnapshot& snapshot, unsigned version);

}  // namespace ollama_gpu
