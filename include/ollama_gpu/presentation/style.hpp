// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ollama_gpu/presentation/messages.hpp"

namespace ollama_gpu {

// A variable of our own environment, or nothing.
using Getenv = std::function<std::optional<std::string>(const char*)>;

// Colour: --color=always|never, else not with NO_COLOR (not empty) or TERM=dumb, else on a
// terminal. Width: the terminal's (`columns`; 0: unknown), else $COLUMNS, else 80 on a terminal and
// no limit in a pipe.
Style derive_style(bool terminal, unsigned columns, std::string_view color,
                   const Getenv& environment);

}  // namespace ollama_gpu
