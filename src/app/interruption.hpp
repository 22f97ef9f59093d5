// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ollama_gpu/app/context.hpp"

namespace ollama_gpu::app {

// Errc::interrupted when a signal has come.
std::optional<Error> interruption(const Context& context);

}  // namespace ollama_gpu::app
