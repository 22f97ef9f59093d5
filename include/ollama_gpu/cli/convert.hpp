// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "ollama_gpu/cli/arguments.hpp"

namespace ollama_gpu::cli {

// Given options, in order, to the options of `configure` and `reset`. Values are checked for their
// form and against Ollama's grammar; an error of a file's option carries its place. Errc::usage.
Result<app::ConfigureOptions> convert_options(const std::vector<GivenOption>& options);

// The file's options without those that the command line decides.
std::vector<GivenOption> without_overridden(std::vector<GivenOption> file,
                                            const std::vector<GivenOption>& command_line);

// "5", "0.5" -> seconds; not negative, at most a year.
std::optional<double> parse_seconds(std::string_view text);

}  // namespace ollama_gpu::cli
