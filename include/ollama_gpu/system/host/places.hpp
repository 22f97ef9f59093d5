// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {

class RootedTree;

// Where a manager's files are, and where ours are kept.
struct Places {
  std::string root = {};
  // The same, opened: everything that reads or writes below it goes through this one.
  std::shared_ptr<const RootedTree> tree = {};
  SearchPath search_path = {};
  std::string config_directory = {};
  std::string state_directory = {};
};

// Of the user's own manager. Errc::usage where no home is known.
Result<Places> user_places(unsigned user_id);

// Of the system mounted at `root` (--root), or of the running one (empty). Errc::not_found where it
// is no directory, Errc::usage where it is the running system's root.
Result<Places> system_places(const std::string& root);

}  // namespace ollama_gpu
