// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// How a stream is written to: decided once, from options, environment and isatty(3).
struct Style {
  bool terminal = false;  // progress may be redrawn in place
  bool color = false;
  bool utf8 = false;
  unsigned width = 80;  // columns
};

// A variable of our own environment, or nothing.
using Getenv = std::function<std::optional<std::string>(const char*)>;

// Colour: --color=always|never, else not with NO_COLOR (not empty) or TERM=dumb, else on a
// terminal. Width: the terminal's (`columns`; 0: unknown), else $COLUMNS, else 80 on a terminal and
// no limit in a pipe.
Style derive_style(bool terminal, unsigned columns, std::string_view color,
                   const Getenv& environment);

}  // namespace ollama_gpu
