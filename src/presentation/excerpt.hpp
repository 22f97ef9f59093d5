// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

// "FILE:LINE:COLUMN", as far as they are known.
std::string place_text(const Location& location);

// The line and a caret below `column`; a long line is shown around its caret.
std::string excerpt(const Style& style, const Location& location);

}  // namespace ollama_gpu
