// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/systemd/unit_map.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {

// Where drop-ins are looked for.
struct DropInLookup {
  const FileReader& files;
  const SearchPath& path;
  const UnitMap& map;
  unsigned systemd_version;
};

// The drop-ins of a unit with these names (its id first), in the order of application
// (src/shared/dropin.c, unit_file_find_dropin_paths; src/basic/conf-files.c).
Result<std::vector<std::string>> find_drop_ins(const DropInLookup& lookup,
                                               const std::vector<std::string>& names);

}  // namespace ollama_gpu
