// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/cli/option_table.hpp"
#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu::cli {

// `--help`: of the program (null) or of a command.
std::string help_text(const CommandSpec* command, const Style& style);

// `help TOPIC`: a command, exit-codes, selectors, findings or a finding's code; Errc::usage for
// anything else.
Result<std::string> help_on(std::string_view topic, const Style& style);

// "ollama-gpu 0.1.0 (abc1234)".
std::string version_text();

// A script for bash, zsh or fish; Errc::usage for another shell.
Result<std::string> completion_script(std::string_view shell);

}  // namespace ollama_gpu::cli
