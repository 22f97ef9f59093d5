// SPDX-License-Identifier: MIT
#pragma once

#include <dirent.h>

#include <memory>

namespace ollama_gpu {

struct DirectoryDeleter {
  void operator()(DIR* directory) const { closedir(directory); }
};

// Owns what opendir(3) or fdopendir(3) gave.
using DirectoryStream = std::unique_ptr<DIR, DirectoryDeleter>;

}  // namespace ollama_gpu
