// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// How to resolve a path (src/basic/chase.c, CHASE_NOFOLLOW | CHASE_NONEXISTENT).
struct ChaseOptions {
  bool follow_last = true;      // also where the last component is a link
  bool may_be_missing = false;  // what does not exist is taken as it is written
};

// The path with its links followed, one component after the other. Errc::not_found when something
// is missing, Errc::failed for a loop or a component below a file.
Result<std::string> chase(const FileReader& files, const std::string& path, ChaseOptions options);

}  // namespace ollama_gpu
