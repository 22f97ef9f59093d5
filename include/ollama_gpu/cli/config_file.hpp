// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/cli/arguments.hpp"

namespace ollama_gpu::cli {

// The options in a TOML text; `file` is its name in places. Keys are the options of `configure`
// without their dashes; `set` is a table, `unset` an array. Errc::usage with the place.
Result<std::vector<GivenOption>> parse_config(const std::string& file, const std::string& text);

// The same from a file. Errc::usage also where it cannot be read.
Result<std::vector<GivenOption>> read_config(const std::string& file);

}  // namespace ollama_gpu::cli
