// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// Gives an open file the extended attributes that another one has (xattr(7)): access control list,
// security label, users' own. Errc::conflict where one cannot be kept; `shown`: the file's path.
Result<void> copy_extended_attributes(int from, int to, const std::string& shown);

// Whether users or groups of its own may be named in its access control list (acl(5)): the group
// bits of its mode are then the most that any of them has.
bool has_access_control_list(int fd);

}  // namespace ollama_gpu
