// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// A control group of a unit ("/system.slice/ollama.service"): never the whole system for a unit
// that has none, nor a way out of the hierarchy.
bool is_group_of_unit(const std::string& cgroup);

// The processes in a control group's directory and below it; none where it does not exist.
Result<std::vector<int>> processes_below(const std::string& directory);

// What the kernel calls these groups: the inode numbers of their directories.
std::set<std::uint64_t> cgroup_ids_below(const std::string& directory);

}  // namespace ollama_gpu
