// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// Why a unit with our drop-in at `path` would not end as wanted: another file wins, ours is masked,
// the unit does not load. `after`: the snapshot with our drop-in as it is to be. Errc::conflict
// with the place that stands in the way, or nothing.
std::optional<Error> find_conflict(const UnitSnapshot& after, const DropIn& wanted,
                                   const std::string& path);

// A drop-in whose name is no UTF-8: systemd reads it, and then cannot tell the unit's properties
// (D-Bus strings are UTF-8).
std::optional<Error> find_unreadable_name(const UnitSnapshot& snapshot);

// The unit itself cannot take settings: not found (Errc::not_found), masked, broken (conflict).
std::optional<Error> find_unit_fault(const UnitSnapshot& snapshot, const std::string& id);

}  // namespace ollama_gpu
