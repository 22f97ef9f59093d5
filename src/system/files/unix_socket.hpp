// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"
#include "system/files/unique_fd.hpp"

namespace ollama_gpu {

// A stream socket connected to the Unix socket at `path`; `flags` besides SOCK_CLOEXEC. The error
// of nobody at its other end (ECONNREFUSED) is Errc::not_found, as that of no socket at all.
Result<UniqueFd> connect_unix(const std::string& path, int flags);

}  // namespace ollama_gpu
