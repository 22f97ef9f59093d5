// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace ollama_gpu {

// The last component of a path; all of it where it has no slash.
inline std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace ollama_gpu
