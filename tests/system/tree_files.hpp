// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "unit_trees.hpp"

namespace ollama_gpu {

// Unit trees on this system's disk, until remove() or the end.
class TreeFiles {
 public:
  TreeFiles() = default;
  TreeFiles(const TreeFiles&) = delete;
  TreeFiles& operator=(const TreeFiles&) = delete;
  ~TreeFiles();

  void write(const std::vector<TreeEntry>& entries);
  void remove();

 private:
  void write(const TreeEntry& entry);
  std::set<std::string> made_;
};

}  // namespace ollama_gpu
