// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

// What to tell of a service for which nothing has been configured: that of several GPUs a model
// uses one, and the command that changes it. Empty with fewer than two GPUs, or where spread is on.
std::string first_advice(const EffectiveEnvironment& environment, std::size_t usable_gpus);

// The command of that advice.
std::string first_command(const EffectiveEnvironment& environment, const std::string& unit_id);

}  // namespace ollama_gpu
