// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/core/doctor/finding.hpp"
#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// A file of somebody else's, and what is to stand there instead.
struct FileEdit {
  std::string path;
  std::string former;
  std::string wanted;
};

// What `doctor --fix` does: every byte that no fix names stays as it is.
struct Fixes {
  std::vector<FileEdit> edits = {};     // in the order of the paths
  DropIn drop_in = {};                  // ours, with the settings that it takes over
  std::vector<std::string> fixed = {};  // in words, one for each finding that is fixed

  bool empty() const { return fixed.empty(); }
};

// All fixes together. `current`: what our drop-in says now. Errc::failed where a fix does not fit
// the files of the snapshot.
Result<Fixes> all_fixes(const UnitSnapshot& snapshot, const std::vector<Finding>& findings,
                        const DropIn& current);

}  // namespace ollama_gpu
