// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace ollama_gpu {

// A unified diff (three lines of context) between two texts; empty when they are equal. The names
// stand after --- and +++; use "/dev/null" for a text that does not exist.
std::string unified_diff(std::string_view old_name, std::string_view new_name,
                         std::string_view old_text, std::string_view new_text);

}  // namespace ollama_gpu
