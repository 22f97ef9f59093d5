// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace ollama_gpu {

// What stands between words and around values (src/basic/string-util.h, WHITESPACE).
inline constexpr std::string_view kBlanks = " \t\n\r";

constexpr bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

}  // namespace ollama_gpu
