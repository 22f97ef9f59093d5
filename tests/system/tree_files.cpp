// SPDX-License-Identifier: MIT
#include "tree_files.hpp"

#include <filesystem>
#include <fstream>

namespace ollama_gpu {

namespace fs = std::filesystem;

TreeFiles::~TreeFiles() { remove(); }

void TreeFiles::write(const std::vector<TreeEntry>& entries) {
  for (const TreeEntry& entry : entries) write(entry);
}

void TreeFiles::write(const TreeEntry& entry) {
  const fs::path path(entry.path);
  fs::create_directories(path.parent_path());
  const std::string parent = path.parent_path().string();
  if (parent.ends_with(".d")) made_.insert(parent);
  made_.insert(entry.path);
  if (entry.kind == TreeEntry::Kind::directory) {
    fs::create_directories(path);
  } else if (entry.kind == TreeEntry::Kind::link) {
    fs::create_symlink(entry.content, path);
  } else {
    std::ofstream(path, std::ios::binary) << entry.content;
  }
}

void TreeFiles::remove() {
  std::error_code ignored;  // what is not there need not be removed
  for (const std::string& path : made_) fs::remove_all(path, ignored);
  fs::remove_all("/opt/trees", ignored);
  made_.clear();
}

}  // namespace ollama_gpu
