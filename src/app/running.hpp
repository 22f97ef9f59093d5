// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

using Environment = std::map<std::string, std::string>;

// A variable's value, or nothing where it is not set.
std::optional<std::string> value_in(const Environment& environment, const std::string& name);
std::optional<std::string> value_in(const EffectiveEnvironment& environment,
                                    const std::string& name);

// The environment that Ollama has, else would get; nothing when the unit does not exist.
std::optional<Environment> environment_in_force(Context& context, const Observation& seen);

// The address that an Ollama with this environment listens on.
Endpoint endpoint_of(const Environment& environment);

// Positions of the GPUs that an Ollama with this environment may use, of NVIDIA and AMD.
std::vector<bool> visible_to(const Environment& environment, const Inventory& inventory);

// Whether that can be known at all: which AMD GPUs ROCm can use without a list is not.
bool is_judged(const Gpu& gpu, const Environment& environment);

}  // namespace ollama_gpu::app
