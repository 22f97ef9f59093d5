// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/core/doctor/doctor.hpp"

namespace ollama_gpu::app {

// What doctor is told of several servers behind one address; nothing where the unit is alone.
std::optional<SharedServers> look_at_servers(Context& context, const Observation& seen);

}  // namespace ollama_gpu::app
