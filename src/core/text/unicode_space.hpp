// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace ollama_gpu {

// Go's strings.TrimSpace.
std::string_view trim_unicode_space(std::string_view text);

}  // namespace ollama_gpu
