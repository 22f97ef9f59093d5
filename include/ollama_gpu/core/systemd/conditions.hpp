// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ollama_gpu/core/systemd/file_reader.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// The line that would make systemd skip (Condition…=) or fail (Assert…=) the unit's start now, of
// the kinds that look at files: PathExists, PathIsDirectory, PathIsSymbolicLink, FileNotEmpty,
// FileIsExecutable, DirectoryNotEmpty (systemd.unit(5); src/shared/condition.c). The others are
// taken as met.
std::optional<Location> find_unmet_condition(const FileReader& files, const UnitSnapshot& snapshot);

// The line that forbids to start the unit by hand (RefuseManualStart=), or to stop it
// (RefuseManualStop=; systemd.unit(5)).
enum class ByHand { start, stop };
std::optional<Location> find_refusal(const UnitSnapshot& snapshot, ByHand what);

}  // namespace ollama_gpu
