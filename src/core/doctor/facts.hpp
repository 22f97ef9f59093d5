// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/doctor/doctor.hpp"

namespace ollama_gpu {

std::vector<UnreadFile> find_unread_files(const FileReader& files, const SearchPath& search_path,
                                          const UnitOnDisk& unit);

// In device_policy.cpp: what must be opened for the GPUs that the lists in force leave visible.
std::vector<DeviceNode> gpu_nodes(const FileReader& files, const UnitSnapshot& snapshot,
                                  const Inventory& inventory);

// The account of that name or number in /etc/passwd and /etc/group (passwd(5), group(5)); nothing
// where they do not have it: it may come from a directory service.
std::optional<ServiceUser> find_user(const FileReader& files, const std::string& name);

// The first directory on the way to `path` that these permission bits close to the user; nothing
// where the way is open or cannot be seen. What does not exist yet must be creatable.
std::optional<Obstacle> find_obstacle(const FileReader& files, const ServiceUser& user,
                                      const std::string& path);

// OLLAMA_MODELS, or .ollama/models below the home; empty where neither is known.
std::string models_directory(const UnitSnapshot& snapshot, const std::string& home);

}  // namespace ollama_gpu
