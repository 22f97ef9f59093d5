// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ollama_gpu::cli {

// The options in a TOML text; `file` is its name in places. Keys are the options of `configure`
// without their dashes; `set` is a table, `unset` an array. Errc::usage with the place.
Result<std::vector<FileOption>> parse_config(const Program& program, const std::string& file,
                                             const std::string& text);

// The same from a file. Errc::usage also where it cannot be read.
Result<std::vector<FileOption>> read_config(const Program& program, const std::string& file);

}  // namespace ollama_gpu::cli
