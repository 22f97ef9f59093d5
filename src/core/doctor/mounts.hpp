// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "ollama_gpu/core/doctor/doctor.hpp"

namespace ollama_gpu {

// What keeps the service from writing to `path`, links followed; nothing where nothing does
// (systemd.exec(5), "Sandboxing"; src/core/namespace.c of systemd: of entries above a path the
// deepest decides, and none below an inaccessible one counts).
std::optional<ShutPath> find_shut_path(const FileReader& files, const UnitSnapshot& snapshot,
                                       const std::string& path);

// `path` with the links followed in as much of it as exists.
std::string real_path(const FileReader& files, const std::string& path);

}  // namespace ollama_gpu
