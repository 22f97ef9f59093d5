// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

// Makes sure that descriptors 0, 1 and 2 are open, so that no file of ours can become one of them;
// what was closed then fails on use.
void open_standard_streams();

// Writes all of a text to a descriptor; a full disk or a reader that went away is Errc::failed.
Result<void> write_all(int descriptor, std::string_view text);

}  // namespace ollama_gpu::cli
