// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// True where a file name matches a pattern by the rules of glob(3), which systemd calls. It is
// fnmatch(3), a function of its two texts alone, so that core may use it.
bool matches_pattern(const std::string& pattern, const std::string& name);

// The existing paths that an absolute pattern matches, sorted bytewise; none is an empty list.
std::vector<std::string> expand_glob(const FileReader& files, const std::string& pattern);

}  // namespace ollama_gpu
