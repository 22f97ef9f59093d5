// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// Why a unit cannot be had several times. Errc::conflict with the place.
std::optional<Error> find_unfit(const UnitSnapshot& snapshot);

// Restart= of a unit, and RestartSec= in seconds (systemd.service(5)).
std::string restart_policy(const UnitSnapshot& snapshot);
double restart_delay(const UnitSnapshot& snapshot);

// Requests that one server answers at once, by its OLLAMA_NUM_PARALLEL; 1 where it is not set.
unsigned parallel_in(const std::optional<std::string>& value);

}  // namespace ollama_gpu
