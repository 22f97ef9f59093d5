// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/ports/file_system.hpp"

namespace ollama_gpu {

// A file's place: the open directory, its name there, and its path for messages.
struct FileSlot {
  int directory = -1;
  std::string name;
  std::string shown;
  uid_t owner = 0;    // of the tree: besides root and us, files may be his
  bool link = false;  // a symbolic link is to lie, or lies, there
};

// The regular file `name` in `directory`, or nothing when there is none. Errc::conflict for a
// symbolic link or anything else that is not a regular file.
Result<std::optional<ports::FileContent>> load_content(int directory, const std::string& name,
                                                       const std::string& shown);

// The same of a symbolic link. Errc::conflict for anything else.
Result<std::optional<ports::FileContent>> load_link_content(int directory, const std::string& name,
                                                            const std::string& shown);

// ports::FileSystem::exchange() within one open directory.
Result<void> exchange_content(const FileSlot& slot,
                              const std::optional<ports::FileContent>& expected,
                              const std::optional<ports::FileContent>& wanted);

// ports::FileSystem::remove_leftovers() within one open directory.
void remove_leftovers(const FileSlot& slot, const std::vector<ports::FileContent>& known);

// Makes a new file, or link, with exactly this content, durable. Fails when the name is taken;
// leaves nothing behind when it fails.
Result<void> create_content(const FileSlot& slot, const ports::FileContent& content);

}  // namespace ollama_gpu
