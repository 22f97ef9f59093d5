// SPDX-License-Identifier: MIT
#include "core/systemd/glob.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace ollama_gpu {

bool matches_pattern(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

std::vector<std::string> expand_glob(const FileReader& files, const std::string& pattern) {
  std::vector<std::string> found{""};
  std::size_t start = 1;
  while (start <= pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', start), pattern.size());
    const std::string part = pattern.substr(start, end - start);
    std::vector<std::string> next;
    for (const std::string& directory : found) {
      auto entries = files.list(directory.empty() ? "/" : directory);
      if (!entries) continue;
      for (const DirectoryEntry& entry : *entries) {
        if (matches_pattern(part, entry.name)) next.push_back(directory + "/" + entry.name);
      }
    }
    found = std::move(next);
    start = end + 1;
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace ollama_gpu
