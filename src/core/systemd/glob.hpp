// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// True where a file name matches a shell pattern (*, ?, [a-z], [!x], backslash), as glob(7); a
// leading dot must be matched by a dot.
bool matches_pattern(std::string_view pattern, std::string_view name);

// The existing paths that an absolute pattern matches, sorted bytewise; none is an empty list.
std::vector<std::string> expand_glob(const FileReader& files, const std::string& pattern);

}  // namespace ollama_gpu
