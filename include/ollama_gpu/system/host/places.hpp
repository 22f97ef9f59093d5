// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {

// Where a manager's files are, and where ours are kept.
struct Places {
  std::string root = {};
  SearchPath search_path = {};
  std::string config_directory = {};
  std::string state_directory = {};
};

// Of the user's own manager. Errc::usage where no home is known.
Result<Places> user_places(unsigned user_id);

// Of the system mounted at `root` (--root), or of the running one (empty). Errc::not_found where it
// is no directory.
Result<Places> system_places(const std::string& root);

}  // namespace ollama_gpu
