// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// Errc::conflict with the place, where systemd waits for Ollama itself to say that it is ready
// (Type=notify; systemd.service(5)): Ollama's sources have no sd_notify(3), so its start times out.
// A script that starts it may say the word.
std::optional<Error> find_ready_fault(const UnitSnapshot& snapshot);

}  // namespace ollama_gpu
