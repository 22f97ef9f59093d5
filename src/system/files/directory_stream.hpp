// SPDX-License-Identifier: MIT
#pragma once

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace ollama_gpu {

struct DirectoryDeleter {
  void operator()(DIR* directory) const { closedir(directory); }
};

// Owns what opendir(3) or fdopendir(3) gave.
using DirectoryStream = std::unique_ptr<DIR, DirectoryDeleter>;

// Hands each entry but "." and ".." to `take`; gives 0, or the errno of readdir(3).
template <class Take>
int for_each_entry(DIR* directory, Take take) {
  errno = 0;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") take(*entry);
    errno = 0;
  }
  return errno;
}

}  // namespace ollama_gpu
