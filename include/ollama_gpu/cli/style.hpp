// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu::cli {

// A variable of our own environment, or nothing.
using Getenv = std::function<std::optional<std::string>(const char*)>;

// What the kernel says of a stream.
struct StreamFacts {
  bool terminal = false;
  unsigned columns = 0;  // 0: unknown
  unsigned rows = 0;
};
StreamFacts facts_of(int descriptor);

// Colour: --color=always|never, else not with NO_COLOR (not empty) or TERM=dumb, else on a
// terminal. Width: the terminal's, else $COLUMNS, else 80 on a terminal and no limit in a pipe.
Style derive_style(const StreamFacts& facts, std::string_view color, const Getenv& environment);

// The environment of this process.
std::optional<std::string> process_environment(const char* name);

}  // namespace ollama_gpu::cli
