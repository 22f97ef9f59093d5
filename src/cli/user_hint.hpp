// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace ollama_gpu::cli {

// A hint with --user: the same commands for the user's own manager, without sudo.
std::string hint_for_user(std::string hint);

}  // namespace ollama_gpu::cli
