// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// Errc::conflict for a file or directory through which somebody else could have us write or put
// back what they like: it belongs neither to root nor to us nor to `owner`, or others may write to
// it (a group may, where it is root's or our own).
Result<void> check_trusted(const struct stat& status, const std::string& shown, uid_t owner);
// The same for an open directory.
Result<void> check_trusted(int fd, const std::string& shown, uid_t owner);

// Errc::permission for what chattr(1) has made append-only or immutable: in such a directory a
// temporary file could be made, but not taken away again.
Result<void> check_changeable(int directory, const char* name, const std::string& shown);

}  // namespace ollama_gpu
