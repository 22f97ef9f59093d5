// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace ollama_gpu {

// 'text' for a message: control characters and invalid UTF-8 as \xNN, shortened when very long.
std::string quote_for_message(std::string_view text);

}  // namespace ollama_gpu
